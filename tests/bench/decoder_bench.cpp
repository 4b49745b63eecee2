#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/decoder/cpu/read_bandwidth.h"
#include "engine/decoder/decoder.h"
#include "engine/model/open_model.h"

// Tokens a second, and the weight bytes a second behind them as a share of what the memory of this
// machine gives in the same run: the share means something on a busy machine too.
// Models marked SYNTHETIC are random weights in the shapes named; "demo" is the bundled model.

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
}

std::shared_ptr<const ModelWeights> weightsOf(const std::string& model) {
    static std::map<std::string, std::shared_ptr<const ModelWeights>> loaded;
    auto& weights = loaded[model];
    if (!weights) {
        auto fresh = openModel(model)->load({}, {});
        layOutWeights(*fresh, {}, {});
        weights = std::move(fresh);
    }
    return weights;
}

std::vector<TokenId> promptOf(const ModelConfig& config, int count) {
    std::vector<TokenId> tokens;
    for (int i = 0; i < count; ++i) tokens.push_back(1 + (i * 7919) % (config.vocabSize - 1));
    return tokens;
}

std::string labelOf(const std::string& model, const Decoder& decoder) {
    return (model.starts_with("synthetic:") ? "SYNTHETIC " : "") + decoder.device();
}

/// One token a step, behind a prompt of 32.
void decode(benchmark::State& state, const std::string& model, const DecoderOptions& options) {
    const auto weights = weightsOf(model);
    const auto decoder = makeDecoder(weights, options);
    const auto prompt = promptOf(weights->config, 32);
    const auto cache = decoder->makeCache(512);
    const double bandwidth = cpu::readBandwidth(decoder->threads());
    StepOutput out;
    decoder->forward({.tokens = prompt}, *cache, {}, out, {});
    const auto begin = Clock::now();
    for (auto _ : state) {
        if (cache->length() == cache->capacity()) cache->truncate(32);
        decoder->forward({.tokens = std::span(prompt).first(1)}, *cache, {}, out, {});
    }
    const double tokPerS = static_cast<double>(state.iterations()) / seconds(begin);
    const double bytesPerS = tokPerS * static_cast<double>(decoder->weightBytesPerToken());
    state.counters["tok/s"] = tokPerS;
    state.counters["GB/s"] = bytesPerS * 1e-9;
    state.counters["of_read"] = bytesPerS / bandwidth;
    state.counters["read_GB/s"] = bandwidth * 1e-9;
    state.SetLabel(labelOf(model, *decoder));
}

/// A whole prompt a step.
void prefill(benchmark::State& state, const std::string& model, const DecoderOptions& options) {
    const auto weights = weightsOf(model);
    const auto decoder = makeDecoder(weights, options);
    const auto prompt = promptOf(weights->config, static_cast<int>(state.range(0)));
    const auto cache = decoder->makeCache(static_cast<int>(prompt.size()));
    StepOutput out;
    for (auto _ : state) {
        cache->truncate(0);
        decoder->forward({.tokens = prompt}, *cache, {}, out, {});
    }
    state.counters["tok/s"] = benchmark::Counter(
        static_cast<double>(state.iterations()) * static_cast<double>(prompt.size()),
        benchmark::Counter::kIsRate);
    state.SetLabel(labelOf(model, *decoder));
}

void registerAll() {
    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    std::vector<int> threadCounts = {1};
    if (cores > 1) threadCounts.push_back(cores);
    const std::string demo = std::string(GATESCOPE_SOURCE_DIR) + "/resources/demo/model";
    for (const std::string& model :
         {demo, std::string("synthetic:grok-1-tiny"), std::string("synthetic:bench-1b")})
        for (const int threads : threadCounts) {
            const DecoderOptions options{.kind = "cpu", .threads = threads};
            const auto name = [&, m = model == demo ? "demo" : model.substr(model.find(':') + 1)](
                                  const char* what) {
                return fmt::format("{}/{}/threads:{}", what, m, threads);
            };
            benchmark::RegisterBenchmark(name("decode").c_str(), decode, model, options)
                ->UseRealTime()
                ->Unit(benchmark::kMillisecond);
            benchmark::RegisterBenchmark(name("prefill").c_str(), prefill, model, options)
                ->Arg(128)
                ->Arg(512)
                ->UseRealTime()
                ->Unit(benchmark::kMillisecond);
        }
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
    gatescope::registerAll();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
