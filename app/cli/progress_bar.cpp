#include "app/cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace gatescope::cli {
namespace {

constexpr int kWidth = 30;
constexpr std::chrono::milliseconds kQuiet{1000};
constexpr std::chrono::milliseconds kRedraw{100};

}  // namespace

std::string bytesText(std::uint64_t bytes) {
    static constexpr std::array<const char*, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

ProgressBar::ProgressBar(std::string label, Unit unit)
    : label_(std::move(label)),
      unit_(unit),
      onTerminal_(isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

void ProgressBar::clear() {
    if (std::exchange(drawn_, false)) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::update(std::uint64_t done, std::uint64_t total) {
    if (done == total) clear();
    const auto now = std::chrono::steady_clock::now();
    if (done == total || !onTerminal_ || total == 0 || now - start_ < kQuiet ||
        now - last_ < kRedraw)
        return;
    last_ = now;
    drawn_ = true;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double share = static_cast<double>(done) / static_cast<double>(total);
    const double rate = static_cast<double>(done) / seconds;
    const double left = rate > 0 ? static_cast<double>(total - done) / rate : 0;
    const auto filled = static_cast<std::size_t>(share * kWidth);
    const std::string speed = unit_ == Unit::Bytes
                                  ? bytesText(static_cast<std::uint64_t>(rate)) + "/s"
                                  : fmt::format("{:.1f} tokens/s", rate);
    fmt::print(stderr,
               "\r{} [{}{}] {:3.0f} %  {}  {:.0f} s left\x1b[K",
               label_,
               std::string(filled, '#'),
               std::string(kWidth - filled, '.'),
               share * 100,
               speed,
               left);
    std::fflush(stderr);
}

}  // namespace gatescope::cli
