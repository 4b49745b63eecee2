#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <optional>
#include <span>
#include <vector>

#include "ui/chat/word_finder.h"

namespace gatescope {

class ChatView;
class EngineBridge;

/// What is looked for in the conversation that is shown, and where it is: in the text as it is
/// shown, message by message, in slices of a frame; of a message that changes only what is new is
/// looked through. Knows no widget but the view whose texts it reads. UI thread only.
class ChatFind : public QObject {
    Q_OBJECT
  public:
    struct Place {
        int message = 0;
        FoundRange range;
        friend bool operator==(const Place&, const Place&) = default;
    };

    ChatFind(ChatView& view, EngineBridge& bridge, QObject* parent = nullptr);

    /// An empty one ends it.
    void setFinder(const WordFinder& finder);
    bool active() const { return !finder_.isEmpty(); }
    /// Where it is in a message, as far as was looked; what of its text has changed since,
    /// ChatView knows. Looks for nothing.
    std::span<const FoundRange> rangesIn(int message) const;
    int count() const { return count_; }  ///< as far as was looked
    bool running() const { return active() && next_ < messages(); }
    const std::optional<Place>& current() const { return current_; }
    int currentNumber() const;  ///< from 1; 0: there is none
    /// Goes to the next (1) or previous (-1) place, round the end; at first to the first one.
    void step(int by);
    /// The first place is gone to as soon as it is found.
    void goToFirst();
    /// The same, but in the conversation that is being opened.
    void goToFirstWhenOpened() { firstWhenOpened_ = true; }

  Q_SIGNALS:
    void changed();  ///< what is marked, counted or current
    void arrived(const gatescope::ChatFind::Place& place);

  private:
    struct Looked {
        int to = 0;  ///< units of the text that were looked through, up to the end of a line
        std::vector<FoundRange> ranges;
    };
    int messages() const;
    bool lookThrough(int message, const QElapsedTimer& clock);
    void lookAgain(int from);
    void lookOn();
    void recount();

    ChatView& view_;
    EngineBridge& bridge_;
    WordFinder finder_;
    std::vector<Looked> looked_;  ///< [messages]
    int next_ = 0;                ///< to look through
    int count_ = 0;
    bool first_ = false;  ///< the first place is wanted
    bool firstWhenOpened_ = false;
    std::optional<Place> current_;
    QTimer slice_;
};

}  // namespace gatescope
