#include "ui/view_keys.h"

#include <QAction>
#include <QKeyEvent>
#include <utility>

namespace gatescope {

ViewKeys::ViewKeys(QObject* view, QString place) : QObject(view), place_(std::move(place)) {}

QAction* ViewKeys::add(const char* id,
                       const QString& name,
                       const QStringList& keys,
                       std::function<void()> run) {
    auto* action = new QAction(name, this);
    action->setObjectName(QString::fromLatin1(id));
    QList<QKeySequence> shortcuts;
    for (const QString& key : keys) shortcuts << QKeySequence(key, QKeySequence::PortableText);
    action->setShortcuts(shortcuts);
    connect(action, &QAction::triggered, this, std::move(run));
    connect(action, &QAction::changed, this, &ViewKeys::changed);
    actions_ << action;
    return action;
}

// On some keyboards a digit or a full stop needs Shift: what no one wants with it is tried without.
bool ViewKeys::handle(const QKeyEvent& event) const {
    const Qt::KeyboardModifiers held = event.modifiers() & ~Qt::KeypadModifier;
    const auto run = [this](QKeyCombination pressed) {
        for (QAction* action : actions_) {
            if (!action->shortcuts().contains(QKeySequence(pressed))) continue;
            action->trigger();
            return true;
        }
        return false;
    };
    const auto key = static_cast<Qt::Key>(event.key());
    return run(QKeyCombination(held, key)) || (held == Qt::ShiftModifier && run(key));
}

QString ViewKeys::inWords() const {
    QStringList words;
    for (const QAction* action : actions_)
        if (!action->shortcuts().isEmpty())
            words << tr("%1: %2.").arg(
                action->text(),
                QKeySequence::listToString(action->shortcuts(), QKeySequence::NativeText));
    return words.join(QLatin1Char(' '));
}

}  // namespace gatescope
