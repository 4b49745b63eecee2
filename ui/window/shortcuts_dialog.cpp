#include "ui/window/shortcuts_dialog.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QEvent>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLineEdit>
#include <QTreeWidget>
#include <array>

#include "ui/clear_button.h"
#include "ui/theme/theme.h"
#include "ui/window/key_bindings.h"
#include "ui/window/window_actions.h"

namespace gatescope {
namespace {

enum Column { kName, kKeys };

QString keysText(const QAction* action) {
    return QKeySequence::listToString(action->shortcuts(), QKeySequence::NativeText);
}

}  // namespace

ShortcutsDialog::ShortcutsDialog(KeyBindings& bindings,
                                 const WindowActions& actions,
                                 const Theme& theme,
                                 QWidget* parent)
    : QDialog(parent), bindings_(bindings), theme_(theme) {
    setObjectName(QStringLiteral("shortcutsDialog"));
    setWindowTitle(tr("Keyboard shortcuts"));
    build();
    fill(actions);
    addFixedKeys();
    refresh();
    connect(filter_, &QLineEdit::textChanged, this, &ShortcutsDialog::filter);
    connect(tree_, &QTreeWidget::currentItemChanged, this, &ShortcutsDialog::showCurrent);
    connect(tree_, &QTreeWidget::itemActivated, this, [this] { keys_->setFocus(); });
    connect(keys_, &QKeySequenceEdit::keySequenceChanged, this, &ShortcutsDialog::judge);
    connect(set_, &QPushButton::clicked, this, &ShortcutsDialog::apply);
    connect(none_, &QPushButton::clicked, this, [this] { bindings_.set(current(), {}); });
    connect(reset_, &QPushButton::clicked, this, [this] { bindings_.reset(current()); });
    connect(resetAll_, &QPushButton::clicked, &bindings_, &KeyBindings::resetAll);
    connect(&bindings_, &KeyBindings::changed, this, &ShortcutsDialog::refresh);
    resize(theme_.space(160), std::min(theme_.space(170), parent->height() - theme_.space(10)));
    tree_->setCurrentItem(tree_->topLevelItem(0)->child(0));
    filter_->setFocus();
}

void ShortcutsDialog::build() {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(theme_.space(6), theme_.space(5), theme_.space(6), theme_.space(5));
    column->setSpacing(theme_.space(3));
    auto* heading = new QLabel(windowTitle());
    heading->setFont(theme_.font(FontRole::Title));
    column->addWidget(heading);
    filter_ = new QLineEdit;
    filter_->setObjectName(QStringLiteral("shortcutsFilter"));
    filter_->setPlaceholderText(tr("Filter by name or key"));
    filter_->setAccessibleName(tr("Filter by name or key"));
    addClearButton(*filter_);
    column->addWidget(filter_);
    tree_ = new QTreeWidget;
    tree_->setObjectName(QStringLiteral("shortcutsTree"));
    tree_->setAccessibleName(tr("Commands and their keys"));
    tree_->setHeaderLabels({tr("Command"), tr("Keys")});
    tree_->header()->setStretchLastSection(false);
    tree_->header()->setSectionResizeMode(kName, QHeaderView::Stretch);
    tree_->header()->setSectionResizeMode(kKeys, QHeaderView::ResizeToContents);
    tree_->setProperty("kind", QStringLiteral("rows"));
    tree_->setMinimumSize(theme_.space(110), theme_.space(40));
    column->addWidget(tree_, 1);
    column->addWidget(buildEditor());
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    resetAll_ = buttons->addButton(tr("Reset all keys"), QDialogButtonBox::ResetRole);
    resetAll_->setAutoDefault(false);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    column->addWidget(buttons);
}

QWidget* ShortcutsDialog::buildEditor() {
    auto* box = new QFrame;
    box->setProperty("kind", QStringLiteral("toast"));
    auto* column = new QVBoxLayout(box);
    auto* row = new QHBoxLayout;
    editing_ = new QLabel;
    editing_->setFont(theme_.font(FontRole::Strong));
    row->addWidget(editing_, 1);
    keys_ = new QKeySequenceEdit;
    keys_->setObjectName(QStringLiteral("shortcutsKeys"));
    keys_->setAccessibleName(tr("New keys: press them"));
    for (auto* field : keys_->findChildren<QLineEdit*>())  // has the keyboard for it
        field->setAccessibleName(keys_->accessibleName());
    keys_->setMinimumWidth(theme_.space(40));
    keys_->installEventFilter(this);
    row->addWidget(keys_);
    const auto add = [row](const QString& text, const char* name) {
        auto* button = new QPushButton(text);
        button->setObjectName(QString::fromLatin1(name));
        button->setAutoDefault(false);
        row->addWidget(button);
        return button;
    };
    set_ = add(tr("Set"), "shortcutsSet");
    none_ = add(tr("No key"), "shortcutsNone");
    reset_ = add(tr("Reset"), "shortcutsReset");
    column->addLayout(row);
    verdict_ = new QLabel;
    verdict_->setObjectName(QStringLiteral("shortcutsVerdict"));
    verdict_->setWordWrap(true);
    column->addWidget(verdict_);
    return box;
}

void ShortcutsDialog::fill(const WindowActions& actions) {
    QHash<QString, QTreeWidgetItem*> groups;
    for (QAction* action : bindings_.actions()) {
        const QString view = bindings_.placeOf(action);
        const QString place = view.isEmpty() ? actions.placeOf(action) : view;
        QTreeWidgetItem*& group = groups[place];
        if (group == nullptr) {
            group = new QTreeWidgetItem(tree_, {place});
            group->setFlags(Qt::ItemIsEnabled);
            group->setFont(kName, theme_.font(FontRole::Strong));
        }
        auto* item = new QTreeWidgetItem(group, {WindowActions::nameOf(action)});
        if (!action->icon().isNull()) item->setIcon(kName, action->icon());
        actionOf_.insert(item, action);
    }
}

/// What leads around inside views and fields: shown, as it cannot be changed.
void ShortcutsDialog::addFixedKeys() {
    auto* group = new QTreeWidgetItem(tree_, {tr("In what has the keyboard (fixed)")});
    group->setFlags(Qt::ItemIsEnabled);
    group->setFont(kName, theme_.font(FontRole::Strong));
    const std::array rows{
        QStringList{tr("Walk the cells, rows and marks of a view"),
                    tr("Arrows, Page Up, Page Down")},
        QStringList{tr("First and last"), tr("Home, End")},
        QStringList{tr("Change the cell picked, in the heatmap"), tr("Enter")},
        QStringList{tr("Previous and next token, in the conversation and the waterfall"),
                    tr("Left, Right")},
        QStringList{tr("Stretch the range of tokens, there"), tr("Shift+Left, Shift+Right")},
        QStringList{tr("Give up the range or the token picked"), tr("Esc")},
        QStringList{tr("Send, and new line, in the message"), tr("Enter, Shift+Enter")},
    };
    for (const QStringList& row : rows) {
        auto* item = new QTreeWidgetItem(group, row);
        item->setForeground(kName, theme_.color(ColorRole::TextMuted));
        item->setForeground(kKeys, theme_.color(ColorRole::TextMuted));
    }
}

void ShortcutsDialog::refresh() {
    for (auto row = actionOf_.cbegin(); row != actionOf_.cend(); ++row) {
        QTreeWidgetItem* item = row.key();
        const bool changed = bindings_.isChanged(row.value());
        item->setText(kKeys, keysText(row.value()));
        item->setFont(kKeys, theme_.font(changed ? FontRole::Strong : FontRole::Body));
        const QString usual =
            QKeySequence::listToString(bindings_.defaultsOf(row.value()), QKeySequence::NativeText);
        item->setToolTip(kKeys, changed ? tr("By default: %1").arg(usual) : QString());
    }
    resetAll_->setEnabled(bindings_.anyChanged());
    filter(filter_->text());
    showCurrent();
}

void ShortcutsDialog::filter(const QString& text) {
    for (int g = 0; g < tree_->topLevelItemCount(); ++g) {
        QTreeWidgetItem* group = tree_->topLevelItem(g);
        int shown = 0;
        for (int i = 0; i < group->childCount(); ++i) {
            QTreeWidgetItem* item = group->child(i);
            const bool fits = item->text(kName).contains(text.trimmed(), Qt::CaseInsensitive) ||
                              item->text(kKeys).contains(text.trimmed(), Qt::CaseInsensitive);
            item->setHidden(!fits);
            if (fits) ++shown;
        }
        group->setHidden(shown == 0);
        group->setExpanded(true);
    }
}

// The field says what it has a second after the last key, in case more follow: judge at once.
bool ShortcutsDialog::eventFilter(QObject* watched, QEvent* event) {
    if (watched == keys_ && event->type() == QEvent::KeyPress)
        QTimer::singleShot(0, this, &ShortcutsDialog::judge);
    return QDialog::eventFilter(watched, event);
}

/// Two views may call something the same.
QString ShortcutsDialog::nameAndPlace(const QAction* action) const {
    const QString place = bindings_.placeOf(action);
    const QString name = WindowActions::nameOf(action);
    return place.isEmpty() ? name : tr("%1 (%2)").arg(name, place);
}

QAction* ShortcutsDialog::current() const {
    return actionOf_.value(tree_->currentItem());
}

void ShortcutsDialog::showCurrent() {
    const QAction* action = current();
    keys_->setKeySequence(action != nullptr ? action->shortcut() : QKeySequence());
    for (QWidget* widget : {static_cast<QWidget*>(keys_),
                            static_cast<QWidget*>(none_),
                            static_cast<QWidget*>(reset_)})
        widget->setEnabled(action != nullptr);
    editing_->setText(action != nullptr ? WindowActions::nameOf(action)
                                        : tr("Pick a command to change its keys."));
    if (action != nullptr) {
        none_->setEnabled(!action->shortcuts().isEmpty());
        reset_->setEnabled(bindings_.isChanged(action));
    }
    judge();
}

/// What would happen with the keys that were pressed.
void ShortcutsDialog::judge() {
    const QAction* action = current();
    const QKeySequence keys = keys_->keySequence();
    const bool asBefore = action == nullptr || keys == action->shortcut() || keys.isEmpty();
    const QString problem = asBefore ? QString() : bindings_.problemOf(keys, action);
    const QAction* owner =
        asBefore || !problem.isEmpty() ? nullptr : bindings_.ownerOf(keys, action);
    set_->setEnabled(!asBefore && problem.isEmpty());
    set_->setText(owner != nullptr ? tr("Take them over") : tr("Set"));
    if (!problem.isEmpty())
        verdict_->setText(problem);
    else if (owner != nullptr)
        verdict_->setText(tr("%1 belongs to “%2”, which would lose it.")
                              .arg(keys.toString(QKeySequence::NativeText), nameAndPlace(owner)));
    else if (asBefore)
        verdict_->setText(action != nullptr ? tr("Click the field and press the new keys.")
                                            : QString());
    else
        verdict_->setText(tr("These keys are free."));
}

void ShortcutsDialog::apply() {
    if (QAction* action = current(); action != nullptr) bindings_.set(action, keys_->keySequence());
}

}  // namespace gatescope
