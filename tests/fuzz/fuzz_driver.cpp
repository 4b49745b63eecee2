// Runs a libFuzzer harness without libFuzzer, so that any compiler's build does: a fixed number of
// mutations of the seeds and the kept corpus, the same ones each time. It has no coverage to steer
// by; that is what the endless fuzzing is for, which leaves its finds in the corpus.
//   pickle_fuzz_replay --runs 200000 tests/fuzz/corpus/pickle
//   pickle_fuzz_replay --write-seeds DIR      the seeds as files, for libFuzzer to start from
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;

/// A run's limit, of the thread's own time: what other programs do meanwhile is not our delay.
constexpr double kMostSeconds = 1;
constexpr std::size_t kMostBytes = std::size_t{1} << 20;

FuzzRandom driverRandom(20261128);

struct Options {
    std::uint64_t runs = 0;
    fs::path writeSeeds;
    std::vector<fs::path> corpora;
};

std::string contentOf(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> inputsOf(const Options& options) {
    std::vector<std::string> inputs = fuzzSeeds();
    for (const fs::path& corpus : options.corpora) {
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(corpus)) files.push_back(entry.path());
        std::ranges::sort(files);  // a directory's own order differs between machines
        for (const fs::path& file : files) inputs.push_back(contentOf(file));
    }
    return inputs;
}

double cpuSeconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

const std::string* inputNow = nullptr;

/// What the target does not survive is left in this file, as libFuzzer would. The process is lost
/// when it is called from a signal's handler: only that the write is tried matters then.
void keepInput(int) {
    if (!inputNow) return;
    std::FILE* const file = std::fopen("crash-input", "wb");
    if (!file) return;
    std::fwrite(inputNow->data(), 1, inputNow->size(), file);
    std::fclose(file);
}

void run(const std::string& input) {
    inputNow = &input;
    const double start = cpuSeconds();
    // A copy of its own size, so that one byte read too far is seen.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    const double seconds = cpuSeconds() - start;
    if (seconds <= kMostSeconds) return;
    fmt::print(stderr, "a run took {:.1f} s, at most {} s are allowed\n", seconds, kMostSeconds);
    std::abort();
}

std::string mutated(const std::string& input) {
    std::string out = input;
    const std::size_t most = std::min(kMostBytes, 2 * input.size() + 256);
    const std::size_t changes = 1 + driverRandom.below(4);
    for (std::size_t i = 0; i < changes; ++i) {
        const std::size_t size = out.size();
        out.resize(std::max(most, size));
        out.resize(LLVMFuzzerCustomMutator(reinterpret_cast<std::uint8_t*>(out.data()),
                                           size,
                                           out.size(),
                                           static_cast<unsigned>(driverRandom.next())));
    }
    return out;
}

void writeSeeds(const fs::path& dir) {
    fs::create_directories(dir);
    int number = 0;
    for (const std::string& seed : fuzzSeeds())
        std::ofstream(dir / fmt::format("seed-{}", number++), std::ios::binary)
            .write(seed.data(), static_cast<std::streamsize>(seed.size()));
}

Options optionsOf(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const bool more = i + 1 < argc;
        if (argument == "--runs" && more)
            options.runs = std::strtoull(argv[++i], nullptr, 10);
        else if (argument == "--write-seeds" && more)
            options.writeSeeds = argv[++i];
        else
            options.corpora.emplace_back(argument);
    }
    return options;
}

/// Returns the exit status.
int drive(const Options& options) {
    if (!options.writeSeeds.empty()) {
        writeSeeds(options.writeSeeds);
        return EXIT_SUCCESS;
    }
    const auto start = std::chrono::steady_clock::now();
    const std::vector<std::string> inputs = inputsOf(options);
    std::vector<std::string> good;
    for (const std::string& input : inputs) {
        run(input);
        if (std::exchange(acceptedInputs, 0) > 0) good.push_back(input);
    }
    if (good.empty()) {
        fmt::print(stderr, "none of {} inputs is taken\n", inputs.size());
        return EXIT_FAILURE;
    }
    for (std::uint64_t i = 0; i < options.runs; ++i) {
        // Most of a corpus are files refused in many ways; half of the runs start from good ones.
        const auto& from = driverRandom.oneIn(2) ? good : inputs;
        run(mutated(from[driverRandom.below(from.size())]));
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    fmt::print("{} inputs, {} of them taken; {} mutations, {} taken; {:.1f} s\n",
               inputs.size(),
               good.size(),
               options.runs,
               acceptedInputs,
               took.count());
    return options.runs == 0 || acceptedInputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace gatescope::test

/// Changes, inserts, deletes, repeats or copies over a few bytes, or puts an extreme number in.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maxSize) {
    using gatescope::test::driverRandom;
    if (size == 0) {
        if (maxSize == 0) return 0;
        data[0] = static_cast<std::uint8_t>(driverRandom.next());
        return 1;
    }
    const std::size_t at = driverRandom.below(size);
    const std::size_t length = std::min(1 + driverRandom.below(12), size - at);
    switch (driverRandom.below(5)) {
        case 0:
            data[at] ^= static_cast<std::uint8_t>(1U << driverRandom.below(8));
            return size;
        case 1:
            data[at] = static_cast<std::uint8_t>(driverRandom.next());
            return size;
        case 2:  // repeats, where there is room
            if (length > maxSize - size) return size;
            std::memmove(data + at + length, data + at, size - at);
            return size + length;
        case 3:
            std::memmove(data + at, data + at + length, size - at - length);
            return size - length;
        default: {
            const std::uint64_t value = gatescope::test::extremeNumber(driverRandom);
            std::memcpy(data + at, &value, std::min<std::size_t>(length, sizeof value));
            return size;
        }
    }
}

int main(int argc, char** argv) {
    std::signal(SIGABRT, gatescope::test::keepInput);  // GS_CHECK, and sanitizers where told so
    // A border: what leaves a target other than as Error is a fault, and its input is kept.
    try {
        return gatescope::test::drive(gatescope::test::optionsOf(argc, argv));
    } catch (const std::exception& error) {
        fmt::print(stderr, "the target threw: {}\n", error.what());
        gatescope::test::keepInput(0);
        return EXIT_FAILURE;
    }
}
