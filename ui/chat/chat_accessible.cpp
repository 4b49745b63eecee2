#include "ui/chat/chat_accessible.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QTextBoundaryFinder>

#include "ui/chat/chat_view.h"

namespace gatescope {
namespace {

constexpr int kBetween = 1;  ///< characters between two messages

class ChatAccessible : public QAccessibleWidget, public QAccessibleTextInterface {
  public:
    explicit ChatAccessible(QWidget* view) : QAccessibleWidget(view, QAccessible::Document) {}

    void* interface_cast(QAccessible::InterfaceType type) override {
        if (type == QAccessible::TextInterface) return static_cast<QAccessibleTextInterface*>(this);
        return QAccessibleWidget::interface_cast(type);
    }
    QString text(QAccessible::Text kind) const override {
        return kind == QAccessible::Value ? all() : QAccessibleWidget::text(kind);
    }

    void selection(int /*index*/, int* start, int* end) const override { *start = *end = 0; }
    int selectionCount() const override { return 0; }
    void addSelection(int /*start*/, int /*end*/) override {}
    void removeSelection(int /*index*/) override {}
    void setSelection(int /*index*/, int /*start*/, int /*end*/) override {}
    int cursorPosition() const override { return characterCount(); }
    void setCursorPosition(int /*position*/) override {}
    QString text(int start, int end) const override { return all().mid(start, end - start); }
    int characterCount() const override { return static_cast<int>(all().size()); }
    QRect characterRect(int /*offset*/) const override { return {}; }
    int offsetAtPoint(const QPoint& /*point*/) const override { return -1; }
    void scrollToSubstring(int /*start*/, int /*end*/) override {}
    QString attributes(int /*offset*/, int* start, int* end) const override {
        *start = 0;
        *end = characterCount();
        return {};
    }

  private:
    // Looked for each time: Qt makes this object while the view is being made.
    QString all() const {
        const auto* announcer = widget()->findChild<SentenceAnnouncer*>();
        return announcer != nullptr ? announcer->conversationText() : QString();
    }
};

QAccessibleInterface* makeAccessible(const QString& className, QObject* object) {
    if (className != QLatin1String("gatescope::ChatView") || object == nullptr) return nullptr;
    return new ChatAccessible(static_cast<QWidget*>(object));
}

QString textOf(const Message& message) {
    return QString::fromStdString(message.text);
}

}  // namespace

void installChatAccessibility() {
    static const bool installed = [] {
        QAccessible::installFactory(makeAccessible);
        return true;
    }();
    Q_UNUSED(installed);
}

SentenceAnnouncer::SentenceAnnouncer(EngineBridge& bridge, ChatView& view)
    : QObject(&view), bridge_(bridge), view_(view) {
    connect(&bridge_, &EngineBridge::branchOpened, this, &SentenceAnnouncer::skipToEnd);
    connect(&bridge_, &EngineBridge::messageUpdated, this, [this] { announce(false); });
    connect(&bridge_, &EngineBridge::generationEnded, this, [this] { announce(true); });
}

QString SentenceAnnouncer::conversationText() const {
    QStringList texts;
    for (const Message& message : bridge_.session().messages()) texts << textOf(message);
    return texts.join(QLatin1Char('\n'));
}

int SentenceAnnouncer::offsetOf(int message) const {
    const auto& messages = bridge_.session().messages();
    int offset = 0;
    for (int i = 0; i < message; ++i)
        offset += static_cast<int>(textOf(messages[static_cast<std::size_t>(i)]).size()) + kBetween;
    return offset;
}

// What is opened is read when it is asked for; only what is new is announced.
void SentenceAnnouncer::skipToEnd() {
    const auto& messages = bridge_.session().messages();
    message_ = static_cast<int>(messages.size()) - 1;
    bytes_ = messages.empty() ? 0 : messages.back().text.size();
}

/// `rest`: also what has not come to the end of a sentence.
void SentenceAnnouncer::announce(bool rest) {
    const auto& messages = bridge_.session().messages();
    if ((!QAccessible::isActive() && !always_) || messages.empty()) return;
    const int last = static_cast<int>(messages.size()) - 1;
    const Message& message = messages.back();
    if (message.role != Role::Assistant) return;
    if (message_ != last || bytes_ > message.text.size()) {
        message_ = last;
        bytes_ = 0;
    }
    const QString tail = QString::fromUtf8(message.text.data() + bytes_,
                                           static_cast<qsizetype>(message.text.size() - bytes_));
    QTextBoundaryFinder sentences(QTextBoundaryFinder::Sentence, tail);
    qsizetype begin = 0;
    while (sentences.toNextBoundary() >= 0) {
        const qsizetype end = sentences.position();
        if (end >= tail.size() && !rest) break;  // it may go on
        announceSentence(tail.mid(begin, end - begin));
        begin = end;
    }
}

void SentenceAnnouncer::announceSentence(const QString& sentence) {
    const auto& text = bridge_.session().messages().back().text;
    const int before =
        static_cast<int>(QString::fromUtf8(text.data(), static_cast<qsizetype>(bytes_)).size());
    const int offset = offsetOf(message_) + before;
    bytes_ += static_cast<std::size_t>(sentence.toUtf8().size());
    if (sentence.trimmed().isEmpty()) return;
    // Where the keyboard is, Orca may speak what is inserted: it would be heard twice.
    if (!view_.hasFocus()) {
        QAccessibleTextInsertEvent event(&view_, offset, sentence);
        QAccessible::updateAccessibility(&event);
    }
    Q_EMIT announced(sentence, offset);
}

}  // namespace gatescope
