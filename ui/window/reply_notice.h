#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <chrono>

#include "ui/engine_bridge.h"

class QWidget;

namespace gatescope {

class ProfileSettings;

/// Tells a person who went elsewhere that a long reply is done: by the desktop's notifications
/// (org.freedesktop.Notifications over D-Bus), or where there are none by the window's own sign for
/// attention. What was said is not in it, unless the settings say so. Never blocks. UI thread only.
class ReplyNotice : public QObject {
    Q_OBJECT
  public:
    ReplyNotice(EngineBridge& bridge, const ProfileSettings& settings, QWidget& window);

    /// Replies that took less are not told.
    void setLeastTime(std::chrono::milliseconds time) { leastTime_ = time; }

  Q_SIGNALS:
    /// A notification was handed to the desktop, or (`byWindow`) the window asked for attention.
    void told(bool byWindow);

  private Q_SLOTS:
    void actionInvoked(uint id, const QString& action);

  private:
    void finished(const GenerationFinished& generation);
    void notify(const QString& title, const QString& body);
    void alertByWindow();

    EngineBridge& bridge_;
    const ProfileSettings& settings_;
    QWidget& window_;
    QElapsedTimer sinceBegun_;
    std::chrono::milliseconds leastTime_{10000};
    uint shown_ = 0;  ///< the desktop's number of our last notification; it replaces that one
    bool listening_ = false;
};

}  // namespace gatescope
