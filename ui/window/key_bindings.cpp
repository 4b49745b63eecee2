#include "ui/window/key_bindings.h"

#include <QAction>
#include <QSettings>
#include <algorithm>
#include <array>

#include "ui/view_keys.h"
#include "ui/window/window_actions.h"

namespace gatescope {
namespace {

constexpr const char* kGroup = "keys";

bool clash(const QKeySequence& a, const QKeySequence& b) {
    return !a.isEmpty() && !b.isEmpty() &&
           (a.matches(b) != QKeySequence::NoMatch || b.matches(a) != QKeySequence::NoMatch);
}

bool leadsAround(Qt::Key key) {
    constexpr std::array kKeys{Qt::Key_Left,
                               Qt::Key_Right,
                               Qt::Key_Up,
                               Qt::Key_Down,
                               Qt::Key_Home,
                               Qt::Key_End,
                               Qt::Key_PageUp,
                               Qt::Key_PageDown,
                               Qt::Key_Return,
                               Qt::Key_Enter,
                               Qt::Key_Tab,
                               Qt::Key_Backtab,
                               Qt::Key_Escape};
    return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

bool isKnown(const QKeySequence& keys) {
    for (int i = 0; i < keys.count(); ++i) {
        const int key = keys[static_cast<uint>(i)].key();
        if (key == 0 || key == Qt::Key_unknown) return false;
    }
    return true;
}

/// A comma makes QSettings see a list where nobody wrote quotes.
QString valueOf(const QSettings& file, const QString& key) {
    return file.value(key).toStringList().join(QStringLiteral(", "));
}

}  // namespace

KeyBindings::KeyBindings(QList<QAction*> actions,
                         const std::filesystem::path& file,
                         QObject* parent)
    : QObject(parent), actions_(std::move(actions)), file_(QString::fromStdString(file.string())) {
    for (const QAction* action : actions_) defaults_.insert(action, action->shortcuts());
}

void KeyBindings::addView(const ViewKeys& view, bool everywhere) {
    for (QAction* action : view.actions()) {
        actions_ << action;
        defaults_.insert(action, action->shortcuts());
        views_.insert(action, {view.place(), everywhere});
    }
}

/// Whether one key could mean both.
bool KeyBindings::meet(const QAction* a, const QAction* b) const {
    const ViewPlace ofA = views_.value(a);
    const ViewPlace ofB = views_.value(b);
    return ofA.everywhere || ofB.everywhere || ofA.place == ofB.place;
}

QAction* KeyBindings::actionOf(const QString& id) const {
    const auto found = std::find_if(actions_.begin(), actions_.end(), [&id](const QAction* action) {
        return action->objectName() == id;
    });
    return found == actions_.end() ? nullptr : *found;
}

QStringList KeyBindings::load() {
    QSettings file(file_, QSettings::IniFormat);
    file.beginGroup(QLatin1String(kGroup));
    const QStringList ids = file.childKeys();
    if (file.status() != QSettings::NoError)
        return {
            tr("%1 cannot be read: the default keys are in force. Setting a key writes it anew.")
                .arg(file_)};
    QStringList notes;
    QList<QAction*> taken;
    for (const QString& id : ids) {
        const QString said = valueOf(file, id);
        const QKeySequence keys(said, QKeySequence::PortableText);
        QAction* action = actionOf(id);
        if (action == nullptr)
            notes << tr("%1: there is no command “%2”.").arg(file_, id);
        else if (!isKnown(keys) || (keys.isEmpty() && !said.trimmed().isEmpty()))
            notes << tr("%1: “%2” for “%3” is no key.").arg(file_, said, id);
        else if (const QString problem = problemOf(keys, action); !problem.isEmpty())
            notes << tr("%1: %2: %3").arg(file_, id, problem);
        else {
            action->setShortcuts({keys});
            taken << action;
        }
    }
    // All together first: two commands may have changed keys with each other.
    for (QAction* action : taken) {
        const QAction* other = ownerOf(action->shortcut(), action);
        if (other == nullptr) continue;
        notes << tr("%1: “%2” and “%3” both want %4; “%2” goes without.")
                     .arg(file_,
                          WindowActions::nameOf(action),
                          WindowActions::nameOf(other),
                          action->shortcut().toString(QKeySequence::NativeText));
        action->setShortcuts(QList<QKeySequence>{});
    }
    return notes;
}

bool KeyBindings::isChanged(const QAction* action) const {
    return action->shortcuts() != defaults_[action];
}

bool KeyBindings::anyChanged() const {
    return std::any_of(actions_.begin(), actions_.end(), [this](const QAction* action) {
        return isChanged(action);
    });
}

QAction* KeyBindings::ownerOf(const QKeySequence& keys, const QAction* wants) const {
    for (QAction* action : actions_) {
        if (action == wants || !meet(action, wants)) continue;
        for (const QKeySequence& held : action->shortcuts())
            if (clash(held, keys)) return action;
    }
    return nullptr;
}

// Single letters belong to text fields and to views; so do Space, Enter, Tab and the arrows, and of
// these what leads around inside a view stays as it is.
QString KeyBindings::problemOf(const QKeySequence& keys, const QAction* action) const {
    if (keys.isEmpty()) return {};
    const QKeyCombination first = keys[0];
    if (views_.contains(action)) {
        if (keys.count() > 1) return tr("A view takes one key, not several after each other.");
        if (leadsAround(first.key()))
            return tr("%1 leads around inside views: use another key.")
                .arg(keys.toString(QKeySequence::NativeText));
        return {};
    }
    const bool modified = (first.keyboardModifiers() &
                           (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) != 0;
    const bool ofItsOwn =
        first.key() == Qt::Key_Escape || (first.key() >= Qt::Key_F1 && first.key() <= Qt::Key_F35);
    if (modified || ofItsOwn) return {};
    return tr("%1 alone is what text fields and views take: add Ctrl or Alt, or use a function "
              "key.")
        .arg(keys.toString(QKeySequence::NativeText));
}

void KeyBindings::takeFrom(const QKeySequence& keys, const QAction* wants) {
    while (QAction* owner = ownerOf(keys, wants)) {
        QList<QKeySequence> left = owner->shortcuts();
        left.removeIf([&keys](const QKeySequence& held) { return clash(held, keys); });
        owner->setShortcuts(left);
    }
}

void KeyBindings::set(QAction* action, const QKeySequence& keys) {
    takeFrom(keys, action);
    action->setShortcuts(keys.isEmpty() ? QList<QKeySequence>{} : QList<QKeySequence>{keys});
    save();
}

void KeyBindings::reset(QAction* action) {
    for (const QKeySequence& keys : defaults_[action]) takeFrom(keys, action);
    action->setShortcuts(defaults_[action]);
    save();
}

void KeyBindings::resetAll() {
    for (QAction* action : actions_) action->setShortcuts(defaults_[action]);
    save();
}

void KeyBindings::save() {
    QSettings file(file_, QSettings::IniFormat);
    file.clear();
    file.beginGroup(QLatin1String(kGroup));
    for (const QAction* action : actions_)
        if (isChanged(action))
            file.setValue(action->objectName(),
                          action->shortcut().toString(QKeySequence::PortableText));
    file.sync();
    Q_EMIT changed();
}

}  // namespace gatescope
