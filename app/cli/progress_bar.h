#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gatescope::cli {

/// One line on stderr for what takes more than a second; nothing where stderr is no terminal.
/// Calls come from one thread at a time.
class ProgressBar {
  public:
    enum class Unit { Bytes, Tokens };
    ProgressBar(std::string label, Unit unit);
    ~ProgressBar() { clear(); }
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// Draws; `done` == `total` clears.
    void update(std::uint64_t done, std::uint64_t total);
    /// Takes the line away, so that something else can be printed there.
    void clear();

  private:
    std::string label_;
    Unit unit_;
    bool onTerminal_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point last_;
};

/// "318.2 GB", decimal as disks and bandwidths are.
std::string bytesText(std::uint64_t bytes);

}  // namespace gatescope::cli
