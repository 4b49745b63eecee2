#pragma once

#include <chrono>
#include <thread>

namespace gatescope {

/// Between two looks at something that mostly comes within microseconds. Who waits longer leaves
/// its core to others.
class Patience {
  public:
    void rest() {
        constexpr int kSpins = 500;
        constexpr std::chrono::milliseconds kYields{2};
        if (++looks_ < kSpins) return;
        const auto now = std::chrono::steady_clock::now();
        if (looks_ == kSpins) began_ = now;
        if (now - began_ < kYields)
            std::this_thread::yield();
        else
            std::this_thread::sleep_for(std::chrono::microseconds(100));
    }

  private:
    int looks_ = 0;
    std::chrono::steady_clock::time_point began_;
};

/// False: it was not done by then.
template <class Done>
bool waitUntil(std::chrono::steady_clock::time_point end, const Done& done) {
    Patience patience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return done();
        patience.rest();
    }
    return true;
}

}  // namespace gatescope
