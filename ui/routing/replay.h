#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <chrono>

#include "ui/engine_bridge.h"
#include "ui/selection.h"

namespace gatescope {

/// Plays the tokens of the branch shown by selecting one after the other, at so many tokens per
/// second: how long each took to compute is not kept, so there is no "as recorded" speed. What
/// views show of a token does not depend on the speed. Plays the range picked, or all; another
/// token selected meanwhile is where it goes on, and "the newest" (none selected) ends it. UI
/// thread only.
class Replay : public QObject {
    Q_OBJECT
  public:
    static constexpr double kDefaultSpeed = 8;  ///< tokens per second

    Replay(EngineBridge& bridge, Selection& selection, QObject* parent = nullptr);

    bool playing() const { return playing_; }
    double speed() const { return speed_; }
    void setSpeed(double tokensPerSecond);  ///< requires more than 0

    /// From the token selected, or from the first when that is the last.
    void play();
    /// Tokens [first, end), cut to those that are there.
    void playRange(TokenRange range);
    void pause();
    void toggle();
    /// Selects the token `tokens` further; stays inside the conversation.
    void step(int tokens);
    void goTo(int token);
    /// What the clock does while playing: `elapsed` has gone by.
    void advance(std::chrono::nanoseconds elapsed);

  Q_SIGNALS:
    /// Playing, or speed.
    void changed();
    /// The last token has had its time.
    void finished();

  private:
    int here() const;
    TokenRange whole() const;
    void select(int token);

    EngineBridge& bridge_;
    Selection& selection_;
    double speed_ = kDefaultSpeed;
    bool playing_ = false;
    bool selecting_ = false;  ///< a change of the selection is this object's own
    TokenRange range_;        ///< being played
    double position_ = 0;     ///< token and the part of its time that has gone
    QTimer frames_;
    QElapsedTimer sinceFrame_;
};

}  // namespace gatescope
