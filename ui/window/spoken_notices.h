#pragma once

#include <QAccessible>
#include <QWidget>
#include <deque>

namespace gatescope {

/// Sentences that a screen reader speaks wherever the keyboard is: parts of a reply, errors, what
/// was done. Qt 6.4 has no announcements, and Orca does not speak text that is inserted where the
/// keyboard is not; it does speak a notification that appears in a status bar. So each sentence
/// becomes one, of its own, since the reader asks for its text later. Takes no room and draws
/// nothing; costs nothing while no one listens. Must be made inside a QStatusBar. UI thread only.
class SpokenNotices : public QWidget {
    Q_OBJECT
  public:
    explicit SpokenNotices(QWidget* statusBar);
    ~SpokenNotices() override;

    /// White space alone is not spoken.
    void say(const QString& sentence);
    /// Those that a reader can still ask for, the newest last.
    const std::deque<QAccessible::Id>& notices() const { return notices_; }
    static constexpr std::size_t kMostNotices = 64;

  private:
    std::deque<QAccessible::Id> notices_;
};

}  // namespace gatescope
