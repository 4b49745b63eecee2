// The half of ConversationPanel that keeps: folders, tags, pins, the archive, and their menus.
#include <QInputDialog>
#include <QListView>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QRegularExpression>
#include <algorithm>

#include "ui/chat/visible_text.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/models/conversation_list_model.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

/// As the text of a menu's action, in which "&" means something.
QString menuText(const std::string& name) {
    QString text = visibleLine(QString::fromStdString(name));
    return text.replace(QLatin1Char('&'), QStringLiteral("&&"));
}

}  // namespace

void ConversationPanel::keep(std::function<void(ConversationStore&)> change) {
    bridge_.run([&](ChatSession& session) { session.keep(std::move(change)); });
}

const ConversationSummary* ConversationPanel::currentConversation() const {
    const QModelIndex index = list_->currentIndex();
    return index.isValid() ? model_->row(index.row()).conversation : nullptr;
}

bool ConversationPanel::select(ConversationId id) {
    const auto row = model_->rowOf(id);
    if (row) list_->setCurrentIndex(model_->index(*row));
    return row.has_value();
}

void ConversationPanel::togglePinned() {
    const auto* conversation = currentConversation();
    if (conversation == nullptr) return;
    keep([id = conversation->id, pinned = !conversation->pinned](ConversationStore& store) {
        store.setPinned(id, pinned);
    });
}

void ConversationPanel::toggleArchived() {
    const auto* conversation = currentConversation();
    if (conversation == nullptr) return;
    keep([id = conversation->id, archived = !conversation->archived](ConversationStore& store) {
        store.setArchived(id, archived);
    });
}

void ConversationPanel::moveTo(ConversationId id, const QString& folder) {
    keep(
        [id, path = folder.toStdString()](ConversationStore& store) { store.setFolder(id, path); });
}

void ConversationPanel::setTags(ConversationId id, const QString& tags) {
    std::vector<std::string> names;
    static const QRegularExpression kCommas(QStringLiteral("[,，]"));  // a Chinese keyboard's, too
    for (const QString& tag : tags.split(kCommas, Qt::SkipEmptyParts))
        names.push_back(tag.simplified().toStdString());
    keep([id, names](ConversationStore& store) { store.setTags(id, names); });
}

// ---------------------------------------------------------------- folders

/// Of the current row: itself, or what the conversation is in.
std::string ConversationPanel::currentFolder() const {
    const QModelIndex index = list_->currentIndex();
    if (!index.isValid()) return {};
    const ConversationRow& row = model_->row(index.row());
    return row.conversation == nullptr ? row.folder
           : row.depth > 0             ? row.conversation->folder
                                       : std::string();
}

void ConversationPanel::addFolder() {
    leaveSearch();
    const std::string outer = currentFolder();
    const auto& known = bridge_.session().folders();
    const auto pathOf = [&](int number) {
        const QString name = number == 1 ? tr("New folder") : tr("New folder %1").arg(number);
        return (outer.empty() ? std::string() : outer + '/') + name.toStdString();
    };
    int number = 1;
    while (std::ranges::find(known, pathOf(number)) != known.end()) ++number;
    newFolder_ = pathOf(number);
    if (const auto row = model_->rowOfFolder(outer)) model_->setOpen(*row, true);
    keep([path = newFolder_](ConversationStore& store) { store.addFolder(path); });
}

void ConversationPanel::editWhenThere(const std::string& folder) {
    const auto row = model_->rowOfFolder(folder);
    if (!row) return;
    newFolder_.clear();
    const QModelIndex index = model_->index(*row);
    list_->setCurrentIndex(index);
    list_->setFocus();
    list_->edit(index);
}

void ConversationPanel::removeFolder(const std::string& folder) {
    if (folder.empty()) return;  // the archive
    keep([folder](ConversationStore& store) { store.removeFolder(folder); });
}

// ---------------------------------------------------------------- menus

void ConversationPanel::fillFolderMenu(QMenu& menu, const ConversationSummary& conversation) {
    const ConversationId id = conversation.id;
    const auto add = [&](const QString& text, const std::string& folder) {
        QAction* action = menu.addAction(
            text, this, [this, id, folder] { moveTo(id, QString::fromStdString(folder)); });
        action->setCheckable(true);
        action->setChecked(conversation.folder == folder);
    };
    add(tr("No folder"), {});
    if (!bridge_.session().folders().empty()) menu.addSeparator();
    for (const auto& folder : bridge_.session().folders()) add(menuText(folder), folder);
    menu.addSeparator();
    menu.addAction(tr("New folder…"), this, [this, id] {
        auto* dialog = new QInputDialog(this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setWindowTitle(tr("Move to a new folder"));
        dialog->setLabelText(tr("Its name; with / between names it is a folder in a folder"));
        connect(dialog, &QInputDialog::textValueSelected, this, [this, id](const QString& name) {
            moveTo(id, name);
        });
        dialog->open();
    });
}

void ConversationPanel::fillTagMenu(QMenu& menu, const ConversationSummary& conversation) {
    QStringList own;
    for (const auto& tag : conversation.tags) own << QString::fromStdString(tag);
    for (const QString& tag : model_->tags()) {
        QStringList then = own;
        if (!then.removeOne(tag)) then << tag;
        QAction* action =
            menu.addAction(menuText(tag.toStdString()), this, [this, id = conversation.id, then] {
                setTags(id, then.join(QLatin1Char(',')));
            });
        action->setCheckable(true);
        action->setChecked(own.contains(tag));
    }
    menu.addSeparator();
    menu.addAction(tr("Edit tags…"), this, [this, conversation] { askForTags(conversation); });
    if (model_->tags().isEmpty()) return;
    QMenu* rename = menu.addMenu(tr("Rename a tag everywhere"));
    QMenu* remove = menu.addMenu(tr("Delete a tag everywhere"));
    for (const QString& tag : model_->tags()) {
        const QString shown = menuText(tag.toStdString());
        rename->addAction(shown, this, [this, tag] { renameTag(tag); });
        remove->addAction(shown, this, [this, tag] { removeTag(tag); });
    }
}

void ConversationPanel::renameTag(const QString& tag) {
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Rename a tag"));
    // In a dialog's label, too, "&" means something.
    dialog->setLabelText(tr("Its name from now on, in every conversation that has the tag “%1”.\n"
                            "The name of another tag makes one of both.")
                             .arg(menuText(tag.toStdString())));
    dialog->setTextValue(tag);
    connect(dialog, &QInputDialog::textValueSelected, this, [this, tag](const QString& name) {
        // A comma would be the end of a name where tags are typed; a Chinese keyboard's, too.
        static const QRegularExpression kCommas(QStringLiteral("[,，]"));
        const QString to = name.section(kCommas, 0, 0).simplified();
        if (to.isEmpty()) return;
        keep([from = tag.toStdString(), to = to.toStdString()](ConversationStore& store) {
            store.renameTag(from, to);
        });
    });
    dialog->open();
}

void ConversationPanel::removeTag(const QString& tag) {
    const auto& all = bridge_.session().conversations();
    const auto count = std::ranges::count_if(all, [&](const ConversationSummary& c) {
        return std::ranges::find(c.tags, tag.toStdString()) != c.tags.end();
    });
    const QString shown = visibleLine(tag);
    auto* box = new QMessageBox(
        QMessageBox::NoIcon,
        tr("Delete a tag"),
        count == 1 ? tr("Take the tag “%1” away from the conversation that has it?").arg(shown)
                   : tr("Take the tag “%1” away from %2 conversations?").arg(shown).arg(count),
        QMessageBox::Cancel,
        this);
    box->setObjectName(QStringLiteral("removeTag"));
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(tr("The conversations stay. This cannot be undone."));
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* remove = box->addButton(tr("Delete the tag"), QMessageBox::AcceptRole);
    connect(remove, &QPushButton::clicked, this, [this, tag] {
        keep([name = tag.toStdString()](ConversationStore& store) { store.renameTag(name, ""); });
    });
    box->open();
}

void ConversationPanel::askForTags(const ConversationSummary& conversation) {
    QStringList own;
    for (const auto& tag : conversation.tags) own << QString::fromStdString(tag);
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Tags"));
    dialog->setLabelText(tr("Tags of this conversation, with commas between them"));
    dialog->setTextValue(own.join(QStringLiteral(", ")));
    connect(dialog,
            &QInputDialog::textValueSelected,
            this,
            [this, id = conversation.id](const QString& tags) { setTags(id, tags); });
    dialog->open();
}

void ConversationPanel::fillRowMenu(QMenu& menu, const QModelIndex& index) {
    const auto icon = [this](const char* name) { return theme_.icon(QString::fromLatin1(name)); };
    const ConversationRow& row = model_->row(index.row());
    if (row.kind == ConversationRow::Kind::Archive) return;
    menu.addAction(icon("edit"), tr("Rename"), this, &ConversationPanel::renameCurrent);
    if (row.conversation == nullptr) {
        menu.addAction(icon("folder"), tr("New folder in it"), this, &ConversationPanel::addFolder);
        menu.addAction(icon("delete"),
                       tr("Delete the folder, keep what it holds"),
                       this,
                       &ConversationPanel::removeCurrent);
        return;
    }
    const ConversationSummary& conversation = *row.conversation;
    menu.addAction(icon("pin"),
                   conversation.pinned ? tr("Unpin") : tr("Pin"),
                   this,
                   &ConversationPanel::togglePinned);
    QMenu* folders = menu.addMenu(icon("folder"), tr("Move to"));
    fillFolderMenu(*folders, conversation);
    QMenu* tags = menu.addMenu(tr("Tags"));
    tags->setObjectName(QStringLiteral("tagMenu"));
    fillTagMenu(*tags, conversation);
    menu.addAction(icon("archive"),
                   conversation.archived ? tr("Take out of the archive") : tr("Archive"),
                   this,
                   &ConversationPanel::toggleArchived);
    menu.addSeparator();
    menu.addAction(icon("delete"), tr("Delete"), this, &ConversationPanel::removeCurrent);
}

void ConversationPanel::showMenu(const QPoint& at) {
    const QModelIndex index = list_->indexAt(at);
    QMenu menu(this);
    if (index.isValid()) {
        list_->setCurrentIndex(index);
        fillRowMenu(menu, index);
        menu.addSeparator();
    } else {
        list_->setCurrentIndex({});
    }
    menu.addAction(theme_.icon(QStringLiteral("folder")),
                   tr("New folder"),
                   this,
                   &ConversationPanel::addFolder);
    menu.exec(list_->viewport()->mapToGlobal(at));
}

void ConversationPanel::popUp(QMenu& menu) {
    const QRect row = list_->visualRect(list_->currentIndex());
    menu.exec(list_->viewport()->mapToGlobal(row.bottomLeft()));
}

void ConversationPanel::chooseFolder() {
    const auto* conversation = currentConversation();
    if (conversation == nullptr) return;
    QMenu menu(this);
    fillFolderMenu(menu, *conversation);
    popUp(menu);
}

void ConversationPanel::chooseTags() {
    if (const auto* conversation = currentConversation()) askForTags(*conversation);
}

}  // namespace gatescope
