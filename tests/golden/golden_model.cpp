#include "tests/golden/golden_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/model/open_model.h"
#include "tests/emulation/emulated_gpu.h"

namespace gatescope::test {
namespace {

/// Copies [layers, count, width] into positions [begin, begin + count) of [layers, total, width].
template <class T>
void scatter(std::span<const T> from,
             std::vector<T>& to,
             std::size_t numLayers,
             std::size_t begin,
             std::size_t total) {
    if (from.empty()) return;
    const std::size_t toLayer = to.size() / numLayers;
    const std::size_t fromLayer = from.size() / numLayers;
    const std::size_t width = toLayer / total;
    for (std::size_t layer = 0; layer < numLayers; ++layer)
        std::ranges::copy(
            from.subspan(layer * fromLayer, fromLayer),
            to.begin() + static_cast<std::ptrdiff_t>(layer * toLayer + begin * width));
}

std::vector<double> logSoftmax(std::span<const float> logits) {
    const double largest = *std::ranges::max_element(logits);
    double sum = 0;
    for (const float x : logits) sum += std::exp(x - largest);
    std::vector<double> out(logits.size());
    std::ranges::transform(
        logits, out.begin(), [&](float x) { return x - largest - std::log(sum); });
    return out;
}

}  // namespace

std::string describe(const GoldenCase& golden) {
    std::string text = golden.model + (golden.shared ? "_shared_" : "_committed_") +
                       golden.decoder + (golden.panels ? "_panels" : "") +
                       (golden.ranks > 1 ? "_ranks" + std::to_string(golden.ranks) : "");
    std::ranges::replace(text, '-', '_');
    return text;
}

NpyArray<float> GoldenModel::floats(const std::string& file) const {
    return readNpy<float>(folder / file);
}

NpyArray<std::int32_t> GoldenModel::ints(const std::string& file) const {
    return readNpy<std::int32_t>(folder / file);
}

std::optional<GoldenModel> findGolden(const GoldenCase& golden) {
    std::filesystem::path folder = dataDir() / golden.model;
    if (golden.shared) {
        const auto shared = sharedDir();
        if (!shared) return std::nullopt;
        folder = *shared / "goldens" / golden.model;
    }
    static std::map<std::filesystem::path, GoldenModel> loaded;
    auto& model = loaded[folder];
    if (!model.weights) {
        model.folder = folder;
        model.weights = openModel(folder.string())->load({}, {});
        model.tokens = model.ints("tokens.npy").data;
    }
    return model;
}

std::unique_ptr<Decoder> goldenDecoder(const GoldenCase& golden, const GoldenModel& model) {
    if (golden.decoder == "cuda")
        return CudaDecoder::load(*model.weights, emulation::emulatedCudaModule(), {});
    const DecoderOptions options{.kind = golden.decoder, .threads = 2, .ranks = golden.ranks};
    if (golden.ranks > 1) {
        auto own = openModel(model.folder.string())->load({}, {});
        if (!layOutWeights(*own, options, {}))
            throw std::runtime_error("a layout that nobody stopped was stopped");
        return makeDecoder(std::move(own), options);
    }
    if (!golden.panels) return makeDecoder(model.weights, options);
    auto own = openModel(model.folder.string())->load({}, {});
    if (!layOutWeights(*own, options, {}) || own->layers[0].expertUp.order != MatrixOrder::Panels)
        throw std::runtime_error("the golden model was not laid out in panels");
    return makeDecoder(std::move(own), options);
}

Forward runForward(Decoder& decoder,
                   std::span<const TokenId> tokens,
                   const InterventionSet& interventions,
                   std::span<const int> batchSizes) {
    const auto& config = decoder.config();
    const auto numLayers = static_cast<std::size_t>(config.numLayers);
    const std::size_t total = tokens.size();
    const auto cells = [&](int width) {
        return numLayers * total * static_cast<std::size_t>(width);
    };
    Forward all;
    all.logits.reserve(total * static_cast<std::size_t>(config.vocabSize));
    all.routerProbs.resize(cells(config.numExperts));
    all.selected.resize(cells(interventions.numSelected(config)));
    all.gates.resize(all.selected.size());
    all.residuals.resize(cells(config.dModel));

    const auto cache = decoder.makeCache(static_cast<int>(total));
    StepOutput out;
    for (std::size_t begin = 0, step = 0; begin < total; ++step) {
        const std::size_t wanted =
            batchSizes.empty() ? total
                               : static_cast<std::size_t>(batchSizes[step % batchSizes.size()]);
        const std::size_t count = std::min(wanted, total - begin);
        const Batch batch{.tokens = tokens.subspan(begin, count),
                          .logitsFor = LogitsFor::AllTokens,
                          .tapResiduals = true};
        if (decoder.forward(batch, *cache, interventions, out, {}) != StepStatus::Done)
            throw std::runtime_error("a step that nobody stopped was stopped");
        all.logits.insert(all.logits.end(), out.logits.begin(), out.logits.end());
        scatter<float>(out.routerProbs, all.routerProbs, numLayers, begin, total);
        scatter<std::int32_t>(out.selected, all.selected, numLayers, begin, total);
        scatter<float>(out.gates, all.gates, numLayers, begin, total);
        scatter<float>(out.residuals, all.residuals, numLayers, begin, total);
        begin += count;
    }
    return all;
}

float maxAbs(std::span<const float> a, std::span<const float> b) {
    if (a.size() != b.size()) return std::numeric_limits<float>::infinity();
    float largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const float difference = std::abs(a[i] - b[i]);
        if (!std::isfinite(difference)) return std::numeric_limits<float>::infinity();
        largest = std::max(largest, difference);
    }
    return largest;
}

double meanKl(std::span<const float> golden, std::span<const float> other, int vocabSize) {
    if (golden.size() != other.size()) return std::numeric_limits<double>::infinity();
    const auto width = static_cast<std::size_t>(vocabSize);
    double sum = 0;
    for (std::size_t begin = 0; begin < golden.size(); begin += width) {
        const auto p = logSoftmax(golden.subspan(begin, width));
        const auto q = logSoftmax(other.subspan(begin, width));
        for (std::size_t i = 0; i < width; ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
    }
    return sum / (static_cast<double>(golden.size()) / static_cast<double>(width));
}

int argMax(std::span<const float> logits) {
    return static_cast<int>(std::ranges::max_element(logits) - logits.begin());
}

}  // namespace gatescope::test
