#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/error.h"

// What going back to a branch costs beside computing it: `branch_bench MODEL [TOKENS]`. Two prompts
// share 16 tokens; each is asked for in turn, so that from the third on one branch is put aside and
// one brought back. Prints prefill times, which hold the copies and the last token of the prompt.

namespace gatescope {
namespace {

constexpr int kShared = 16;
constexpr int kRounds = 11;

template <class T>
T await(Engine& engine) {
    for (;;) {
        auto event = engine.waitEvent(std::chrono::minutes(10));
        if (!event) throw Error(ErrorKind::DeviceFault, "the engine sent nothing");
        if (auto* failed = std::get_if<EngineFailed>(&*event))
            throw Error(failed->kind, failed->message);
        if (auto* wanted = std::get_if<T>(&*event)) return std::move(*wanted);
    }
}

GenerationRequest branch(int tokens, int which) {
    PromptSegment prompt;
    for (int i = 0; i < tokens; ++i)
        prompt.tokens.push_back(300 + (i < kShared ? i : i * 7 + which) % 600);
    GenerationRequest request;
    request.id = 1;
    request.prompt = {std::move(prompt)};
    request.maxTokens = 1;
    request.stopAtEos = false;
    return request;
}

double milliseconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000.0;
}

int measure(const std::string& model, int tokens) {
    Engine engine;
    engine.load(model, {});
    const auto info = await<ModelLoaded>(engine).model;
    fmt::print("{}{} on {}, branches of {} tokens\n",
               info->synthetic ? "SYNTHETIC " : "",
               info->name,
               info->device,
               tokens - kShared);
    std::vector<double> computed;
    std::vector<double> restored;
    GenerationFinished last;
    for (int round = 0; round < kRounds + 3; ++round) {
        engine.submit(branch(tokens, round % 2));
        last = await<GenerationFinished>(engine);
        const double ms = milliseconds(last.timings.prefill);
        fmt::print("{:8.1f} ms, {} of {} tokens known, {} brought back\n",
                   ms,
                   last.timings.reusedTokens,
                   last.timings.promptTokens,
                   last.timings.restoredTokens);
        if (last.timings.restoredTokens == 0)
            computed.push_back(ms);
        else
            restored.push_back(ms);
    }
    if (computed.empty() || restored.empty()) return EXIT_FAILURE;
    std::ranges::sort(restored);
    const auto& use = last.branches;
    fmt::print(
        "computed in {:.1f} and {:.1f} ms, brought back in {:.1f} ms (median of {}, {:.1f} to "
        "{:.1f}); {:.1f} of at most {:.1f} MB of branches\n",
        computed.front(),
        computed.back(),
        restored[restored.size() / 2],
        restored.size(),
        restored.front(),
        restored.back(),
        static_cast<double>(use.bytes) / 1e6,
        static_cast<double>(use.boundBytes) / 1e6);
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
    try {
        const int tokens = argc > 2 ? std::atoi(argv[2]) : 1000;
        if (argc > 1 && tokens > gatescope::kShared + 1) return gatescope::measure(argv[1], tokens);
    } catch (const gatescope::Error& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return EXIT_FAILURE;
    }
    fmt::print(stderr, "usage: branch_bench MODEL [TOKENS, at least {}]\n", gatescope::kShared + 2);
    return EXIT_FAILURE;
}
