#include "ui/conversations/draft_keeper.h"

#include <QPointer>
#include <utility>

#include "ui/composing/composer.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kTypingPause{700};  ///< the promise is a second

}  // namespace

DraftKeeper::DraftKeeper(EngineBridge& bridge, Composer& composer, QObject* parent)
    : QObject(parent), bridge_(bridge), composer_(composer) {
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, &DraftKeeper::save);
    connect(&composer_, &Composer::textEdited, this, &DraftKeeper::take);
    connect(&composer_, &Composer::fieldLeft, this, &DraftKeeper::save);
    connect(&bridge_, &EngineBridge::branchOpened, this, &DraftKeeper::follow);
    connect(&bridge_, &EngineBridge::conversationListUpdated, this, &DraftKeeper::adopt);
    restoreNewDraft();
}

void DraftKeeper::take() {
    if (composer_.editing()) {
        interrupted_ = true;
        return;
    }
    if (interrupted_) {  // the field is being cleared: what stood in it before comes next
        QTimer::singleShot(0, this, &DraftKeeper::bringBack);
        return;
    }
    text_ = composer_.text();
    timer_.start(kTypingPause);
}

void DraftKeeper::bringBack() {
    if (composer_.editing() || !std::exchange(interrupted_, false)) return;
    if (composer_.text().isEmpty())
        show(text_);
    else
        take();
}

void DraftKeeper::show(const QString& draft) {
    text_ = draft;
    if (composer_.text() != draft) composer_.setText(draft);
}

/// A chat comes into the library with its first message: what is typed from then on is its own.
void DraftKeeper::adopt() {
    const auto now = bridge_.session().currentConversation();
    if (conversation_ || !now) return;
    if (!kept_.isEmpty()) bridge_.store().post([](ConversationStore& s) { s.setNewDraft({}); });
    kept_.clear();
    newDraft_.clear();
    conversation_ = now;
}

void DraftKeeper::save() {
    adopt();
    write();
}

void DraftKeeper::write() {
    timer_.stop();
    if (text_ == kept_) return;
    const bool rowChanges = conversation_ && text_.isEmpty() != kept_.isEmpty();
    kept_ = text_;
    auto change = [id = conversation_, text = text_.toStdString()](ConversationStore& store) {
        if (id)
            store.setDraft(*id, text);
        else
            store.setNewDraft(text);
    };
    if (rowChanges)
        bridge_.session().keep(std::move(change));  // the list says which have one
    else
        bridge_.store().post(std::move(change));
}

void DraftKeeper::follow() {
    const ChatSession& session = bridge_.session();
    if (session.currentConversation() == conversation_) return;
    write();  // of the chat that was left
    if (!conversation_) newDraft_ = text_;
    conversation_ = session.currentConversation();
    interrupted_ = false;
    kept_ = conversation_ ? QString::fromStdString(session.conversation().draft) : newDraft_;
    show(kept_);
    timer_.stop();
}

void DraftKeeper::restoreNewDraft() {
    auto draft = std::make_shared<std::string>();
    bridge_.store().post([draft](ConversationStore& store) { *draft = store.newDraft(); },
                         [keeper = QPointer(this), draft] {
                             if (!keeper) return;
                             keeper->newDraft_ = QString::fromStdString(*draft);
                             if (keeper->conversation_ || !keeper->text_.isEmpty()) return;
                             keeper->kept_ = keeper->newDraft_;
                             keeper->show(keeper->newDraft_);
                             keeper->timer_.stop();
                         });
}

}  // namespace gatescope
