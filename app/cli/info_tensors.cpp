#include "app/cli/info_tensors.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/model/router_geometry.h"
#include "engine/model/tensor_histogram.h"

namespace gatescope::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kBins = 64;
constexpr int kBarWidth = 50;

std::size_t parameterAt(const ModelSource& source, const std::string& path) {
    const auto& layouts = source.layouts();
    const auto found = std::ranges::find_if(
        layouts, [&](const TensorLayout& layout) { return layout.slot.path == path; });
    if (found != layouts.end()) return static_cast<std::size_t>(found - layouts.begin());
    throw Error(ErrorKind::BadUsage,
                fmt::format("--histogram {}: {} has no such parameter; info --tensors --json lists "
                            "them, {} is the first",
                            shownText(path),
                            source.name(),
                            layouts.front().slot.path));
}

/// The largest and smallest cosine between two experts.
std::pair<double, double> cosineRange(const RouterGeometry& g) {
    double low = 1;
    double high = -1;
    for (int a = 0; a < g.numExperts; ++a)
        for (int b = 0; b < a; ++b) {
            low = std::min(low, g.cosine(a, b));
            high = std::max(high, g.cosine(a, b));
        }
    return {low, high};
}

}  // namespace

void printTensors(const ModelSource& source) {
    std::size_t width = 0;
    for (const auto& tensor : source.tensors()) width = std::max(width, tensor.name.size());
    for (const auto& tensor : source.tensors())
        fmt::print("{:<{}}  {:<6} {:>10}  {:<20} {}\n",
                   shownText(tensor.name, kWholeText),
                   width,
                   name(tensor.dtype),
                   bytesText(tensor.bytes),
                   shapeText(tensor.shape),
                   shownText(tensor.file));
}

Json tensorsJson(const ModelSource& source) {
    Json stored = Json::array();
    for (const auto& tensor : source.tensors())
        stored.push_back({{"name", tensor.name},
                          {"shape", tensor.shape},
                          {"type", name(tensor.dtype)},
                          {"bytes", tensor.bytes},
                          {"file", tensor.file}});
    Json parameters = Json::array();
    for (const auto& layout : source.layouts())
        parameters.push_back({{"path", layout.slot.path},
                              {"layer", layout.slot.layer},
                              {"shape", layout.slot.shape},
                              {"kept_as", name(layout.dtype)},
                              {"bytes", layout.dataBytes() + layout.scaleBytes()}});
    return {{"stored", stored}, {"parameters", parameters}};
}

bool printRouters(const ModelSource& source, const std::stop_token& stop) {
    const auto all = readRouterGeometry(source, stop);
    if (!all) return false;
    fmt::print(
        "router rows: length of each expert's; cosines between two (by chance 0 +- {:.3f})\n",
        all->empty() ? 0 : 2 * all->front().chanceDeviation);
    for (const auto& g : *all) {
        fmt::print("layer {:>3} ", g.layer);
        for (const double norm : g.norms) fmt::print(" {:7.3f}", norm);
        if (g.numExperts > 1) {
            const auto [low, high] = cosineRange(g);
            fmt::print("   cosine {:+.3f} to {:+.3f}", low, high);
        }
        fmt::print("\n");
    }
    return true;
}

Json routersJson(const ModelSource& source, const std::stop_token& stop) {
    const auto all = readRouterGeometry(source, stop);
    if (!all) return nullptr;
    Json layers = Json::array();
    for (const auto& g : *all) {
        Json cosines = Json::array();
        for (int a = 0; a < g.numExperts; ++a) {
            Json row = Json::array();
            for (int b = 0; b < g.numExperts; ++b) row.push_back(g.cosine(a, b));
            cosines.push_back(std::move(row));
        }
        layers.push_back({{"layer", g.layer},
                          {"norms", g.norms},
                          {"cosines", std::move(cosines)},
                          {"chance_deviation", g.chanceDeviation}});
    }
    return layers;
}

Json histogramJson(const ModelSource& source,
                   const std::string& path,
                   const std::stop_token& stop) {
    const auto h = tensorHistogram(source, parameterAt(source, path), kBins, stop);
    if (!h) return nullptr;
    return {{"path", path},
            {"values", h->values},
            {"low", h->low},
            {"high", h->high},
            {"mean", h->mean},
            {"deviation", h->deviation},
            {"zeros", h->zeros},
            {"counts", h->counts}};
}

bool printHistogram(const ModelSource& source,
                    const std::string& path,
                    const std::stop_token& stop) {
    const auto h = tensorHistogram(source, parameterAt(source, path), kBins / 2, stop);
    if (!h) return false;
    fmt::print("{}: {} values, mean {:.6g}, deviation {:.6g}, {} zeros\n",
               path,
               h->values,
               h->mean,
               h->deviation,
               h->zeros);
    const auto most = static_cast<double>(*std::ranges::max_element(h->counts));
    const double width = (h->high - h->low) / static_cast<double>(h->counts.size());
    for (std::size_t b = 0; b < h->counts.size(); ++b) {
        const auto length =
            static_cast<std::size_t>(static_cast<double>(h->counts[b]) / most * kBarWidth + 0.5);
        fmt::print("{:>12.5g}  {:>12}  {}\n",
                   h->low + width * static_cast<double>(b),
                   h->counts[b],
                   std::string(length, '#'));
    }
    return true;
}

}  // namespace gatescope::cli
