#include "app/cli/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace gatescope::cli {
namespace {

constexpr double kLeastSeconds = 0.3;

/// The rest of the first line of `file` that begins with `key`, without ": " and spaces before it.
std::string valueIn(const char* file, const std::string& key) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(key)) continue;
        const auto value = line.find_first_not_of(": \t", key.size());
        return value == std::string::npos ? "" : line.substr(value);
    }
    return {};
}

double secondsOf(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

/// The number of "cpu12"; empty for "cpu", the sum of all, and for other lines.
std::optional<int> cpuNumber(const std::string& word) {
    if (!word.starts_with("cpu") || word.size() == 3) return {};
    return std::stoi(word.substr(3));
}

}  // namespace

std::string cpuModel() {
    if (std::string name = valueIn("/proc/cpuinfo", "model name"); !name.empty()) return name;
    utsname system{};
    return uname(&system) == 0 ? system.machine : "unknown";
}

std::uint64_t peakRssBytes() {
    const std::string kib = valueIn("/proc/self/status", "VmHWM:");
    return kib.empty() ? 0 : std::stoull(kib) * 1024;
}

CompetingLoad::CompetingLoad() : begin_(now()) {}

CompetingLoad::Times CompetingLoad::now() {
    Times times;
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return times;
    const auto ticksPerSecond = static_cast<double>(sysconf(_SC_CLK_TCK));
    std::ifstream in("/proc/stat");
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        const auto cpu = cpuNumber(name);
        if (!cpu || *cpu >= CPU_SETSIZE || !CPU_ISSET(*cpu, &allowed)) continue;
        // user nice system idle iowait irq softirq steal; guests are in user and nice already
        double ticks[8] = {};
        for (double& value : ticks) words >> value;
        double sum = 0;
        for (const double value : ticks) sum += value;
        ++times.cores;
        times.total += sum / ticksPerSecond;
        times.busy += (sum - ticks[3] - ticks[4]) / ticksPerSecond;
    }
    rusage own{};
    getrusage(RUSAGE_SELF, &own);
    times.own = secondsOf(own.ru_utime) + secondsOf(own.ru_stime);
    return times;
}

std::optional<double> CompetingLoad::share() const {
    const Times end = now();
    const double total = end.total - begin_.total;
    if (begin_.cores == 0 || total < kLeastSeconds * begin_.cores) return {};
    const double others = (end.busy - begin_.busy) - (end.own - begin_.own);
    return std::clamp(others / total, 0.0, 1.0);
}

}  // namespace gatescope::cli
