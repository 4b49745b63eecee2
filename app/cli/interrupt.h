#pragma once

#include <stop_token>
#include <thread>

namespace gatescope::cli {

/// Turns Ctrl-C (SIGINT) and SIGTERM into a stop request; the second one ends the process at once
/// with status 130. Made by main before any other thread, so that all of them leave the signals to
/// this one.
class Interrupt {
  public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;
    std::stop_token token() const { return source_.get_token(); }

  private:
    std::stop_source source_;
    std::jthread waiter_;
};

}  // namespace gatescope::cli
