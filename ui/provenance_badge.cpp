#include "ui/provenance_badge.h"

#include <QStyle>

#include "engine/chat/chat_session.h"

namespace gatescope {

ProvenanceBadge::ProvenanceBadge(QWidget* parent) : QLabel(parent) {
    setProperty("kind", QStringLiteral("badge"));
}

void ProvenanceBadge::showFor(const ChatSession& session) {
    show({.any = session.model() != nullptr || session.traceSize() > 0,
          .replay = session.isReplay(),
          .synthetic = session.isSynthetic()});
}

void ProvenanceBadge::show(const Origin& origin) {
    QStringList words;
    QStringList meanings;
    if (origin.replay) {
        words << tr("REPLAY");
        meanings << tr("Read from a recording, not computed now");
    }
    if (origin.synthetic) {
        words << tr("SYNTHETIC");
        meanings << tr("From random weights: it means nothing");
    }
    const bool warns = !words.isEmpty();
    if (!warns && origin.any) {
        words << tr("MEASURED");
        meanings << tr("Taken from the model's own routers");
    }
    setText(words.join(QStringLiteral(" · ")));
    setToolTip(meanings.join(QLatin1Char('\n')));
    setVisible(!words.isEmpty());
    const QString kind = warns ? QStringLiteral("badge-warning") : QStringLiteral("badge");
    if (property("kind").toString() == kind) return;
    setProperty("kind", kind);
    style()->unpolish(this);
    style()->polish(this);
}

}  // namespace gatescope
