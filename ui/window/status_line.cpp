#include "ui/window/status_line.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>

#include "ui/bytes_text.h"
#include "ui/chat/visible_text.h"
#include "ui/language/engine_words.h"
#include "ui/language/number_text.h"
#include "ui/provenance_badge.h"
#include "ui/theme/theme.h"
#include "ui/window/model_name.h"

namespace gatescope {
namespace {

// Text that changes faster than this cannot be read.
constexpr std::chrono::milliseconds kRefresh{100};
constexpr std::chrono::milliseconds kNoteTime{6000};

}  // namespace

StatusLine::StatusLine(EngineBridge& bridge, Selection& selection, Theme& theme, QWidget* parent)
    : QWidget(parent), bridge_(bridge), selection_(selection), theme_(theme) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 3, 12, 3);
    row->setSpacing(18);
    state_ = addLabel();
    unsaved_ = addLabel();
    unsaved_->setToolTip(
        tr("The folder of this profile cannot be written to, or its library is not readable. Start "
           "Gatescope with another folder (--profile-dir), or save recordings."));
    unsaved_->setAccessibleDescription(unsaved_->toolTip());
    model_ = addLabel();
    token_ = addLabel();
    row->addStretch(1);
    speed_ = addLabel();
    context_ = addLabel();
    badge_ = new ProvenanceBadge;
    row->addWidget(badge_);
    setAccessibleName(tr("Status"));

    refreshTimer_.setSingleShot(true);
    noteTimer_.setSingleShot(true);
    connect(&refreshTimer_, &QTimer::timeout, this, &StatusLine::refresh);
    connect(&noteTimer_, &QTimer::timeout, this, [this] {
        note_.clear();
        refresh();
    });
    const auto soon = [this] {
        if (!refreshTimer_.isActive()) refreshTimer_.start(kRefresh);
    };
    connect(&bridge_, &EngineBridge::modelLoadProgress, this, soon);
    connect(&bridge_, &EngineBridge::modelUsableAlready, this, [this] {
        branches_ = {};
        refresh();
    });
    connect(&bridge_, &EngineBridge::modelReady, this, &StatusLine::refresh);
    connect(&bridge_, &EngineBridge::modelLoadWasCancelled, this, &StatusLine::refresh);
    connect(&bridge_, &EngineBridge::modelGone, this, &StatusLine::refresh);
    connect(&bridge_, &EngineBridge::errorOccurred, this, &StatusLine::refresh);
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] {
        lastSpeed_ = 0;  // of another reply
        refresh();
    });
    connect(&bridge_, &EngineBridge::prefillProgress, this, soon);
    connect(&bridge_, &EngineBridge::generationBegan, this, [this] {
        sinceFirstToken_.invalidate();
        refresh();
    });
    connect(&bridge_, &EngineBridge::traceGrew, this, [this, soon] {
        if (!sinceFirstToken_.isValid() && bridge_.session().status() == "generating") {
            sinceFirstToken_.start();
            tokensAtFirst_ = bridge_.session().traceSize();
        }
        soon();
    });
    connect(&bridge_, &EngineBridge::generationEnded, this, [this](const GenerationFinished& f) {
        sinceFirstToken_.invalidate();
        lastSpeed_ = f.timings.generatedTokens > 1 && f.timings.decode.count() > 0
                         ? (f.timings.generatedTokens - 1) * 1e6 /
                               static_cast<double>(f.timings.decode.count())
                         : 0;
        lastSpeculated_ = f.timings.speculation.drafted > 0;
        branches_ = f.branches;
        refresh();
    });
    connect(&selection_, &Selection::tokenSelected, this, &StatusLine::refresh);
    connect(&theme_, &Theme::changed, this, &StatusLine::applyTheme);
    applyTheme();
}

QLabel* StatusLine::addLabel() {
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    layout()->addWidget(label);
    return label;
}

void StatusLine::applyTheme() {
    for (QLabel* label : {state_, unsaved_, model_, token_, speed_, context_}) {
        label->setFont(theme_.font(FontRole::Small));
        label->setProperty(
            "kind", label == unsaved_ ? QStringLiteral("badge-warning") : QStringLiteral("muted"));
    }
    refresh();
}

QString StatusLine::speedText() const {
    const ChatSession& session = bridge_.session();
    const int generated = session.traceSize() - tokensAtFirst_;
    double speed = lastSpeed_;
    bool speculated = lastSpeculated_;
    if (sinceFirstToken_.isValid() && generated > 0 && sinceFirstToken_.elapsed() > 200) {
        speed = generated * 1000.0 / static_cast<double>(sinceFirstToken_.elapsed());
        speculated = session.speculation();
    }
    if (speed <= 0) return {};
    // What speculation gives is never taken for the model's own speed.
    return (speculated ? tr("%1 tokens/s with drafts") : tr("%1 tokens/s"))
        .arg(numberText(speed, 'f', 1));
}

QString StatusLine::contextText() const {
    const auto model = bridge_.session().model();
    if (!model) return {};
    const QString context = tr("context %1 of %2")
                                .arg(QLocale().toString(bridge_.session().traceSize()),
                                     QLocale().toString(model->contextCapacity));
    if (branches_.tokens == 0) return context;
    return tr("%1, branches %2").arg(context, bytesText(quint64{branches_.bytes}));
}

QString StatusLine::branchesText() const {
    if (branches_.tokens == 0) return {};
    return tr("%1 tokens of other branches are kept, so that going back to one is immediate: "
              "they take %2 of memory, at most %3")
        .arg(QLocale().toString(branches_.tokens),
             bytesText(quint64{branches_.bytes}),
             bytesText(quint64{branches_.boundBytes}));
}

QString StatusLine::tokenText() const {
    const ChatSession& session = bridge_.session();
    if (!selection_.token() || *selection_.token() >= session.traceSize()) return {};
    const TokenRecord& token = session.traceToken(*selection_.token());
    const QString text = visibleLine(QString::fromStdString(token.text));
    return tr("token %1 of %2 “%3”")
        .arg(QString::number(*selection_.token()), QString::number(session.traceSize()), text);
}

void StatusLine::showNote(const QString& note) {
    note_ = note;
    noteTimer_.start(kNoteTime);
    refresh();
    Q_EMIT noted(note);
}

void StatusLine::refresh() {
    const ChatSession& session = bridge_.session();
    // Session phrases are a fixed set; translators find them in engine/chat/chat_session.h.
    state_->setText(note_.isEmpty() ? engineWords(session.status()) : note_);
    unsaved_->setText(bridge_.store().inMemory() ? tr("not saved: conversations are in memory only")
                                                 : QString());
    const auto model = session.model();
    model_->setText(
        model ? visibleLine(
                    tr("%1 on %2").arg(displayName(*model), QString::fromStdString(model->device)))
              : QString());
    token_->setText(tokenText());
    speed_->setText(speedText());
    context_->setText(contextText());
    context_->setToolTip(branchesText());
    context_->setAccessibleDescription(branchesText());
    badge_->showFor(session);
    for (QLabel* label : {state_, unsaved_, model_, token_, speed_, context_})
        label->setVisible(!label->text().isEmpty());
}

QString StatusLine::text() const {
    QStringList parts;
    for (const QLabel* label :
         {state_, unsaved_, model_, token_, speed_, context_, static_cast<QLabel*>(badge_)})
        if (!label->text().isEmpty()) parts << label->text();
    return parts.join(QStringLiteral(" · "));
}

}  // namespace gatescope
