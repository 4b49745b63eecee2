#pragma once

#include <QObject>
#include <QString>
#include <filesystem>
#include <functional>
#include <thread>

#include "ui/engine_bridge.h"

namespace gatescope {

class Banner;

/// Where the library is damaged, offers to read what can be read of it into a new one, which takes
/// its place; the damaged one is kept beside it under another name. The new one is opened by a new
/// start, which is offered then. Reading is done on a thread of its own. UI thread only.
class LibraryRescue : public QObject {
    Q_OBJECT
  public:
    /// `startAgain` ends this program and starts another.
    LibraryRescue(EngineBridge& bridge,
                  Banner& banner,
                  std::filesystem::path library,
                  std::function<void()> startAgain,
                  QObject* parent);
    /// Stops what is read; the library is then as it was.
    ~LibraryRescue() override;

    void start();
    bool running() const { return running_; }

  private:
    void offerFor(const QString& sentence);
    void tell(const QString& rescued);
    void fail(const QString& sentence);

    EngineBridge& bridge_;
    Banner& banner_;
    std::filesystem::path library_;
    std::function<void()> startAgain_;
    bool running_ = false;
    bool done_ = false;    ///< there is a new library
    std::jthread reader_;  ///< last: it uses all of the above
};

}  // namespace gatescope
