#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernels/cpu/amx.h"
#include "tests/bench/baseline_kernel.h"
#include "tests/bench/kernel_floors.h"
#include "tests/bench/measured_kernels.h"

// Is every kernel still as many times faster than the frozen baseline as it was? Both run in turn,
// in this process, for about half a millisecond each, so a machine that is slow or busy slows both;
// the median of the ratios is compared with a floor (kernel_floors.h) and no time with anything.
// GATESCOPE_RATIOS=1 prints the ratios as rows of that table.

namespace gatescope::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSliceSeconds = 5e-4;
constexpr std::size_t kFewestRounds = 11;
/// About a second. Only what is below its floor all that time fails.
constexpr std::size_t kMostRounds = 1001;
constexpr std::size_t kPrintedRounds = 61;
constexpr double kNoFloor = 1e9;

double secondsOf(const std::function<void()>& run, int times) {
    const auto begin = Clock::now();
    for (int i = 0; i < times; ++i) run();
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// As often as fills a slice.
int timesToFill(const std::function<void()>& run) {
    run();
    int times = 1;
    while (times < (1 << 20) && secondsOf(run, times) < kSliceSeconds) times *= 2;
    return times;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<long>(values.size() / 2));
    return values[values.size() / 2];
}

/// A kernel against the baseline: what one takes for a number (or a byte), over what the other
/// does.
class Comparison {
  public:
    Comparison(const std::function<void()>& kernel,
               double kernelWork,
               const std::function<void()>& baseline,
               double baselineWork)
        : kernel_(kernel),
          baseline_(baseline),
          kernelTimes_(timesToFill(kernel)),
          baselineTimes_(timesToFill(baseline)),
          workRatio_(kernelWork * kernelTimes_ / (baselineWork * baselineTimes_)) {}

    /// Runs until the median of the ratios is above `floor`, or gives up after `most` rounds.
    double ratio(double floor, std::size_t most) {
        std::vector<double> ratios;
        for (;;) {
            const double kernel = secondsOf(kernel_, kernelTimes_);
            ratios.push_back(workRatio_ * secondsOf(baseline_, baselineTimes_) / kernel);
            if (ratios.size() < kFewestRounds) continue;
            const double soFar = median(ratios);
            if (soFar >= floor || ratios.size() >= most) return soFar;
        }
    }

  private:
    const std::function<void()>& kernel_;
    const std::function<void()>& baseline_;
    int kernelTimes_;
    int baselineTimes_;
    double workRatio_;
};

/// The baseline over `count` matrices of [numOut, numIn].
struct Baseline {
    Baseline(int inputs, int outputs, std::size_t matrices)
        : numIn(inputs),
          numOut(outputs),
          count(matrices),
          weights(count * static_cast<std::size_t>(numIn * numOut), 0.5F),
          x(static_cast<std::size_t>(numIn), 0.25F),
          y(static_cast<std::size_t>(numOut)),
          run([this] {
              for (std::size_t i = 0; i < count; ++i)
                  baselineProduct(weights.data() + i * static_cast<std::size_t>(numIn * numOut),
                                  x.data(),
                                  numIn,
                                  numOut,
                                  y.data());
          }) {}
    Baseline(const Baseline&) = delete;

    double numbers() const { return static_cast<double>(weights.size()); }
    double bytes() const { return numbers() * sizeof(float); }

    int numIn;
    int numOut;
    std::size_t count;
    std::vector<float> weights;
    std::vector<float> x;
    std::vector<float> y;
    std::function<void()> run;
};

/// The instruction sets to measure here, and what Highway is to think the processor has.
std::map<InstructionSet, std::int64_t> instructionSets() {
    hwy::SetSupportedTargetsForTest(0);
    const std::int64_t has = hwy::SupportedTargets();
    std::map<InstructionSet, std::int64_t> sets;
#if HWY_ARCH_X86
    sets[InstructionSet::Portable] = HWY_EMU128;
    if ((has & HWY_SSE4) != 0) sets[InstructionSet::Sse4] = HWY_SSE4;
    if ((has & HWY_AVX2) != 0) sets[InstructionSet::Avx2] = HWY_AVX2;
    // Without vpdpbusd the kernels of block types take AVX2, which has floors of its own.
    if ((has & HWY_AVX3_DL) != 0) sets[InstructionSet::Avx512Vnni] = has;
    if (kernels::hasAmx()) sets[InstructionSet::Amx] = has;
#else
    sets[InstructionSet::Portable] =
        has;  // never measured on others: all that can be asked of them
#endif
    return sets;
}

template <class Body>
void on(const std::map<InstructionSet, std::int64_t>& sets, const Body& body) {
    for (const auto& [set, targets] : sets) {
        hwy::SetSupportedTargetsForTest(targets);
        hwy::GetChosenTarget().DeInit();
        kernels::setAmxAllowed(set == InstructionSet::Amx);
        body(set);
    }
    kernels::setAmxAllowed(true);
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
}

bool printsRatios() {
    return std::getenv("GATESCOPE_RATIOS") != nullptr;
}

using Work = double MeasuredKernel::*;

void expectAboveFloors(const std::map<InstructionSet, std::int64_t>& sets,
                       const std::vector<MeasuredKernel>& kernels,
                       Work work,
                       const Baseline& base,
                       double baseWork) {
    std::map<std::string, std::map<InstructionSet, double>> measured;
    on(sets, [&](InstructionSet set) {
        for (const MeasuredKernel& kernel : kernels) {
            Comparison comparison(kernel.run, kernel.*work, base.run, baseWork);
            if (printsRatios()) {
                measured[kernel.name][set] = comparison.ratio(kNoFloor, kPrintedRounds);
                continue;
            }
            const auto floor = floorOf(kernel.name, set);
            ASSERT_TRUE(floor) << kernel.name << " has no row in kernel_floors.cpp";
            EXPECT_GE(comparison.ratio(*floor, kMostRounds), *floor)
                << kernel.name << " on " << name(set)
                << ": times the speed of the baseline, and the floor";
        }
    });
    for (const auto& [kernel, ratios] : measured) {
        std::string line = fmt::format("{:<34}", kernel);
        for (const auto& [set, ratio] : ratios) line += fmt::format(" {:7.3f}", ratio);
        fmt::print("{}\n", line);
    }
}

TEST(KernelRatioTest, EveryRowHasItsKernel) {
    std::set<std::string> measured;
    for (const auto& kernels : {kernelsInCache(), kernelsInMemory()})
        for (const MeasuredKernel& kernel : kernels) measured.insert(kernel.name);
    for (const std::string& kernel : kernelsWithFloors())
        EXPECT_TRUE(measured.contains(kernel)) << kernel;
}

TEST(KernelRatioTest, KernelsInTheCachesStayAsFastBesideTheBaseline) {
    const Baseline base(512, 128, 1);
    expectAboveFloors(
        instructionSets(), kernelsInCache(), &MeasuredKernel::numbers, base, base.numbers());
}

TEST(KernelRatioTest, ProductsFromMemoryStayAsFastBesideTheBaseline) {
    const Baseline base(1024, 4096, 4);
    const auto sets = instructionSets();  // the slower ones do not reach the memory's speed
    expectAboveFloors(
        {*sets.rbegin()}, kernelsInMemory(), &MeasuredKernel::bytes, base, base.bytes());
}

}  // namespace
}  // namespace gatescope::bench
