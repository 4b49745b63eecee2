#pragma once

#include <QObject>

#include "ui/engine_bridge.h"

namespace gatescope {

class ChatView;

/// Makes every ChatView appear to assistive technology as a document. Must be called before Qt asks
/// for a view the first time, which it does, where someone listens, when the view gets its name.
/// Call once or often; UI thread.
void installChatAccessibility();

/// The conversation for assistive technology: its text as one document, and what is written while
/// it is written, a sentence at a time (a token at a time could not be listened to). announced() is
/// what is to be spoken. Costs nothing while no one listens. Owned by the view; UI thread only.
class SentenceAnnouncer : public QObject {
    Q_OBJECT
  public:
    SentenceAnnouncer(EngineBridge& bridge, ChatView& view);

    /// Also while Qt knows of no one who listens; for tests.
    void announceAlways() { always_ = true; }
    /// Every message, a line in between.
    QString conversationText() const;

  Q_SIGNALS:
    /// `offset` into conversationText().
    void announced(const QString& sentence, int offset);

  private:
    void skipToEnd();
    void announce(bool rest);
    void announceSentence(const QString& sentence);
    int offsetOf(int message) const;

    EngineBridge& bridge_;
    ChatView& view_;
    bool always_ = false;
    int message_ = -1;       ///< the one that is being announced
    std::size_t bytes_ = 0;  ///< of its UTF-8 that were announced
};

}  // namespace gatescope
