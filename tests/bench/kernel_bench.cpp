#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "engine/decoder/cpu/read_bandwidth.h"
#include "engine/model/weights.h"
#include "kernels/cpu/bf16_activations.h"
#include "kernels/cpu/int24_activations.h"
#include "kernels/cpu/int8_activations.h"
#include "kernels/cpu/matvec.h"
#include "kernels/cpu/panel_matmul.h"
#include "kernels/cpu/panels.h"
#include "tests/bench/measured_kernels.h"
#include "tests/support/stored_types.h"

// What one thread's share of a product costs, kernel by kernel: bytes of weights moved, GB/s, and
// that as a share of what one thread reads from memory in the same run. The weights are far more
// than the caches hold, and each is used once a round, as in decoding. Then every kernel there is
// with data that stays in the caches (in_cache/...).

namespace gatescope {
namespace {

using namespace kernels;

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
}

constexpr int kIn = 1024;
constexpr int kOut = 4096;
constexpr std::size_t kTotalBytes = std::size_t{1} << 28;

constexpr DType kPlainTypes[] = {DType::I8, DType::F8E4M3, DType::BF16, DType::F16, DType::F32};
/// As many matrices as fill kTotalBytes. Random bytes, none a subnormal number, scales near one.
struct Matrices {
    AlignedBuffer data;  // as a model's: in huge pages
    std::vector<std::uint16_t> scales = std::vector<std::uint16_t>(kOut, 0x3f80);
    std::vector<float> rowScales = std::vector<float>(kOut, 1.0F);
    std::size_t matrixBytes;
    std::size_t count;

    explicit Matrices(DType type)
        : matrixBytes(panelBytes(type, kIn) *
                      (kOut / static_cast<std::size_t>(panelOutputs(type)))),
          count(kTotalBytes / matrixBytes) {
        data = AlignedBuffer(matrixBytes * count);
        std::minstd_rand random(1);
        for (std::size_t i = 0; i < data.size(); ++i)
            data.data()[i] = static_cast<std::byte>(0x20 + random() % 0x18);
    }
    PanelMatrix panels(DType type, std::size_t i) const {
        return {.type = type,
                .data = data.data() + i * matrixBytes,
                .scales = type == DType::I8 ? scales.data() : nullptr,
                .rowScales = type == DType::F8E4M3 ? rowScales.data() : nullptr,
                .numIn = kIn,
                .numOut = kOut};
    }
};

std::vector<float> activations(int rows) {
    std::vector<float> x(static_cast<std::size_t>(rows * kIn));
    std::minstd_rand random(2);
    for (float& value : x) value = static_cast<float>(random() % 2000) * 1e-3F - 1.0F;
    return x;
}

void report(benchmark::State& state, const Matrices& matrices, int rows, Clock::time_point begin) {
    const double rounds = static_cast<double>(state.iterations()) / seconds(begin);
    const auto bytes = static_cast<double>(matrices.matrixBytes * matrices.count);
    state.counters["MB"] = bytes * 1e-6;
    state.counters["GB/s"] = rounds * bytes * 1e-9;
    if (rows == 1) state.counters["of_read"] = rounds * bytes / cpu::readBandwidth(1);
    state.counters["GMAC/s"] = rounds * static_cast<double>(matrices.count) * kIn * kOut *
                               static_cast<double>(rows) * 1e-9;
}

void exactPanels(benchmark::State& state, DType type, int rows) {
    const Matrices matrices(type);
    const auto x = activations(rows);
    std::vector<float> y(static_cast<std::size_t>(rows * kOut));
    const auto begin = Clock::now();
    for (auto _ : state)
        for (std::size_t i = 0; i < matrices.count; ++i)
            panelMatmul(matrices.panels(type, i),
                        {x.data(), kIn, nullptr, rows},
                        {0, kOut},
                        1.0F,
                        {y.data(), kOut});
    report(state, matrices, rows, begin);
}

void int8Panels(benchmark::State& state, DType type, int rows) {
    const Matrices matrices(type);
    const auto x = activations(rows);
    std::vector<ActivationBlock> blocks(x.size() / kActivationBlock);
    const Int8Activations rounded{blocks.data(), kIn / kActivationBlock};
    for (int row = 0; row < rows; ++row) roundToInt8(x.data() + row * kIn, 0, kIn, rounded, row);
    std::vector<float> y(static_cast<std::size_t>(rows * kOut));
    const auto begin = Clock::now();
    for (auto _ : state)
        for (std::size_t i = 0; i < matrices.count; ++i)
            panelMatmulInt8(matrices.panels(type, i),
                            {rounded, nullptr, 0, rows},
                            {0, kOut},
                            1.0F,
                            {y.data(), kOut});
    report(state, matrices, rows, begin);
}

void bf16Panels(benchmark::State& state, int rows) {
    const Matrices matrices(DType::BF16);
    const auto x = activations(rows);
    std::vector<std::uint16_t> rounded(x.size());
    roundRowToBf16(x.data(), x.size(), rounded.data());
    std::vector<float> y(static_cast<std::size_t>(rows * kOut));
    const auto begin = Clock::now();
    for (auto _ : state)
        for (std::size_t i = 0; i < matrices.count; ++i)
            panelMatmulBf16(matrices.panels(DType::BF16, i),
                            {rounded.data(), kIn, nullptr, rows},
                            {0, kOut},
                            1.0F,
                            {y.data(), kOut});
    report(state, matrices, rows, begin);
}

void int24Panels(benchmark::State& state, int rows) {
    const Matrices matrices(DType::I8);
    const auto x = activations(rows);
    std::vector<Int24Block> blocks(x.size() / kInt24Block);
    const Int24Activations rounded{blocks.data(), kIn / kInt24Block};
    for (int row = 0; row < rows; ++row) roundToInt24(x.data() + row * kIn, 0, kIn, rounded, row);
    std::vector<float> y(static_cast<std::size_t>(rows * kOut));
    const auto begin = Clock::now();
    for (auto _ : state)
        for (std::size_t i = 0; i < matrices.count; ++i)
            panelMatmulInt24(matrices.panels(DType::I8, i),
                             {rounded, nullptr, 0, rows},
                             {0, kOut},
                             1.0F,
                             {y.data(), kOut});
    report(state, matrices, rows, begin);
}

/// The weights as an xAI checkpoint stores them.
void storedColumns(benchmark::State& state, DType type) {
    const Matrices matrices(type);
    const auto x = activations(1);
    std::vector<float> y(kOut);
    const auto begin = Clock::now();
    for (auto _ : state)
        for (std::size_t i = 0; i < matrices.count; ++i)
            matvec({.type = type,
                    .data = matrices.data.data() + i * matrices.matrixBytes,
                    .scales = type == DType::I8 ? matrices.scales.data() : nullptr,
                    .numIn = kIn,
                    .numOut = kOut},
                   x.data(),
                   {0, kOut},
                   y.data());
    report(state, matrices, 1, begin);
}

/// Every kernel there is, with data that stays in the caches: bytes it has to move, and how fast it
/// moves them.
void inCache(benchmark::State& state, const bench::MeasuredKernel& kernel) {
    const auto begin = Clock::now();
    for (auto _ : state) kernel.run();
    const double runs = static_cast<double>(state.iterations()) / seconds(begin);
    state.counters["KB"] = kernel.bytes * 1e-3;
    state.counters["GB/s"] = runs * kernel.bytes * 1e-9;
    state.counters["G/s"] = runs * kernel.numbers * 1e-9;
}

void registerInCache() {
    for (bench::MeasuredKernel& kernel : bench::kernelsInCache())
        benchmark::RegisterBenchmark(("in_cache/" + kernel.name).c_str(),
                                     [kernel](benchmark::State& state) { inCache(state, kernel); })
            ->UseRealTime()
            ->Unit(benchmark::kMicrosecond);
}

void registerAll() {
    const auto add = [](const std::string& name, auto body) {
        benchmark::RegisterBenchmark(name.c_str(), body)
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
    };
    for (const DType type : {DType::I8, DType::BF16, DType::F32})
        add(fmt::format("as_stored/{}/rows:1", name(type)),
            [=](benchmark::State& state) { storedColumns(state, type); });
    for (const int rows : {1, 12, 96}) {
        for (const DType type : kPlainTypes)
            add(fmt::format("panels/{}/rows:{}", name(type), rows),
                [=](benchmark::State& state) { exactPanels(state, type, rows); });
        add(fmt::format("panels_bf16/bf16/rows:{}", rows),
            [=](benchmark::State& state) { bf16Panels(state, rows); });
        add(fmt::format("panels_int24/i8/rows:{}", rows),
            [=](benchmark::State& state) { int24Panels(state, rows); });
        for (const DType type : test::kBlockTypes) {
            add(fmt::format("panels/{}/rows:{}", name(type), rows),
                [=](benchmark::State& state) { exactPanels(state, type, rows); });
            add(fmt::format("panels_int8/{}/rows:{}", name(type), rows),
                [=](benchmark::State& state) { int8Panels(state, type, rows); });
        }
    }
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
    gatescope::registerAll();
    gatescope::registerInCache();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
