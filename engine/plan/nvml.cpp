#include "engine/plan/nvml.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

constexpr const char* kNvmlLibrary = "libnvidia-ml.so.1";
constexpr unsigned kLongestNvmlName = 96;
constexpr double kPcieShare = 0.85;
// Of one NVLink, one way, by version: 1 (P100) to 5 (B200).
constexpr std::array<double, 6> kNvLinkGBPerS{0, 20, 25, 25, 25, 50};
// Where a card does not tell its PCIe link.
constexpr unsigned kLikelyGeneration = 3;
constexpr unsigned kLikelyLanes = 16;

template <class Function>
void resolve(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
}

/// One card while it is described.
struct Card {
    unsigned number = 0;
    NvmlFunctions::Device handle = nullptr;
    double nvLinkBytesPerS = 0;  ///< of all its links, one way
    double pcieBytesPerS = 0;
};

template <class... Wanted, class... Given>
bool ask(int (*function)(Wanted...), Given... arguments) {
    return function != nullptr && function(arguments...) == NvmlFunctions::kDone;
}

/// By bus width and clock: two transfers a clock, as NVML counts clocks for HBM and GDDR alike
/// (H100: 5120 bits at 2619 MHz are 3352 GB/s).
double readRate(const NvmlFunctions& nvml, NvmlFunctions::Device card) {
    unsigned bits = 0;
    unsigned megahertz = 0;
    if (!ask(nvml.memoryBusWidth, card, &bits) ||
        !ask(nvml.maxClock, card, NvmlFunctions::kMemoryClock, &megahertz))
        return 0;
    return 2.0 * bits / 8 * megahertz * 1e6;
}

double nvLinkRate(const NvmlFunctions& nvml, NvmlFunctions::Device card) {
    double rate = 0;
    for (unsigned link = 0; link < NvmlFunctions::kMostLinks; ++link) {
        int active = 0;
        if (!ask(nvml.nvLinkState, card, link, &active) || active != 1) continue;
        unsigned version = 0;
        if (!ask(nvml.nvLinkVersion, card, link, &version)) version = 1;
        rate += kNvLinkGBPerS[std::min<std::size_t>(version, kNvLinkGBPerS.size() - 1)] * 1e9;
    }
    return rate;
}

bool reaches(const NvmlFunctions& nvml, const Card& a, const Card& b, int capability) {
    int status = -1;
    return ask(nvml.p2pStatus, a.handle, b.handle, capability, &status) &&
           status == NvmlFunctions::kP2pWorks;
}

RigLink linkOf(const NvmlFunctions& nvml, const Card& a, const Card& b) {
    RigLink link = linkThroughHost();
    if (reaches(nvml, a, b, NvmlFunctions::kP2pNvLink)) {
        link.kind = LinkKind::NvLink;
        link.bytesPerS = std::min(a.nvLinkBytesPerS, b.nvLinkBytesPerS);
    } else if (reaches(nvml, a, b, NvmlFunctions::kP2pRead)) {
        link.kind = LinkKind::Pcie;
        link.bytesPerS = std::min(a.pcieBytesPerS, b.pcieBytesPerS);
    }
    if (link.bytesPerS <= 0) link.bytesPerS = linkThroughHost().bytesPerS;
    link.bytesPerS = std::round(link.bytesPerS);
    link.allReduceSeconds = usualAllReduceSeconds(link.kind);
    return link;
}

/// One link for all cards where every pair is alike, else one a pair.
std::vector<RigLink> linksOf(const NvmlFunctions& nvml, const std::vector<Card>& cards) {
    std::vector<RigLink> links;
    for (std::size_t a = 0; a < cards.size(); ++a)
        for (std::size_t b = a + 1; b < cards.size(); ++b) {
            RigLink link = linkOf(nvml, cards[a], cards[b]);
            link.devices = {static_cast<int>(a), static_cast<int>(b)};
            links.push_back(std::move(link));
        }
    const auto isAlike = [&](const RigLink& link) {
        return link.kind == links.front().kind && link.bytesPerS == links.front().bytesPerS;
    };
    if (links.size() > 1 && std::ranges::all_of(links, isAlike)) {
        links.resize(1);
        links.front().devices.clear();
        for (std::size_t card = 0; card < cards.size(); ++card)
            links.front().devices.push_back(static_cast<int>(card));
    }
    std::erase_if(links, [](const RigLink& link) { return link.kind == LinkKind::None; });
    return links;
}

bool describeCard(const NvmlFunctions& nvml, Card& card, DescribedGpus& out) {
    const auto leaveOut = [&](const std::string& why) {
        out.remarks.push_back(fmt::format("GPU {} is left out: {}", card.number, why));
        return false;
    };
    if (!ask(nvml.deviceHandle, card.number, &card.handle))
        return leaveOut("NVML gives no access to it");
    std::array<char, kLongestNvmlName> name{};
    if (!ask(nvml.name, card.handle, name.data(), kLongestNvmlName - 1))
        return leaveOut("NVML does not tell its name");
    RigDevice device{.name = shownText(name.data())};
    NvmlFunctions::Memory memory;
    if (!ask(nvml.memory, card.handle, &memory))
        return leaveOut(fmt::format("NVML does not tell the memory of {}", device.name));
    device.freeBytes = memory.free;
    device.readBytesPerS = readRate(nvml, card.handle);
    if (device.readBytesPerS <= 0)
        return leaveOut(fmt::format("NVML does not tell the memory clock of {}", device.name));
    unsigned generation = 0;
    unsigned lanes = 0;
    if (!ask(nvml.maxPcieGeneration, card.handle, &generation) ||
        !ask(nvml.maxPcieWidth, card.handle, &lanes) || pcieBytesPerS(generation, lanes) <= 0) {
        generation = kLikelyGeneration;
        lanes = kLikelyLanes;
        out.remarks.push_back(
            fmt::format("the PCIe link of {} is not known: {} lanes of "
                        "generation {} are assumed",
                        device.name,
                        lanes,
                        generation));
    }
    card.pcieBytesPerS = pcieBytesPerS(generation, lanes);
    device.copyBytesPerS = std::round(card.pcieBytesPerS);
    card.nvLinkBytesPerS = nvLinkRate(nvml, card.handle);
    out.devices.push_back(std::move(device));
    return true;
}

}  // namespace

std::unique_ptr<NvmlLibrary> NvmlLibrary::load(const std::filesystem::path& path) {
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return nullptr;
    std::unique_ptr<NvmlLibrary> library(new NvmlLibrary(handle));
    NvmlFunctions& f = library->functions_;
    resolve(handle, "nvmlInit_v2", f.init);
    resolve(handle, "nvmlShutdown", f.shutdown);
    resolve(handle, "nvmlDeviceGetCount_v2", f.deviceCount);
    resolve(handle, "nvmlDeviceGetHandleByIndex_v2", f.deviceHandle);
    resolve(handle, "nvmlDeviceGetName", f.name);
    resolve(handle, "nvmlDeviceGetMemoryInfo", f.memory);
    resolve(handle, "nvmlDeviceGetMaxClockInfo", f.maxClock);
    resolve(handle, "nvmlDeviceGetMemoryBusWidth", f.memoryBusWidth);
    resolve(handle, "nvmlDeviceGetMaxPcieLinkGeneration", f.maxPcieGeneration);
    resolve(handle, "nvmlDeviceGetMaxPcieLinkWidth", f.maxPcieWidth);
    resolve(handle, "nvmlDeviceGetNvLinkState", f.nvLinkState);
    resolve(handle, "nvmlDeviceGetNvLinkVersion", f.nvLinkVersion);
    resolve(handle, "nvmlDeviceGetP2PStatus", f.p2pStatus);
    const bool isNvml = f.init != nullptr && f.deviceCount != nullptr && f.deviceHandle != nullptr;
    return isNvml ? std::move(library) : nullptr;
}

NvmlLibrary::~NvmlLibrary() {
    dlclose(handle_);
}

std::filesystem::path nvmlPath() {
    const char* given = std::getenv("GATESCOPE_NVML_LIBRARY");
    return given != nullptr ? given : kNvmlLibrary;
}

double pcieBytesPerS(unsigned generation, unsigned lanes) {
    // One lane, one way, by generation.
    constexpr std::array<double, 7> kLaneGBPerS{0, 0.25, 0.5, 0.985, 1.969, 3.938, 7.563};
    return kLaneGBPerS[std::min<std::size_t>(generation, kLaneGBPerS.size() - 1)] * 1e9 * lanes *
           kPcieShare;
}

DescribedGpus describeGpus(const NvmlFunctions& nvml) {
    DescribedGpus out;
    if (!ask(nvml.init)) {
        out.remarks.emplace_back("NVML is there, but no NVIDIA driver answers it");
        return out;
    }
    unsigned count = 0;
    if (!ask(nvml.deviceCount, &count)) count = 0;
    std::vector<Card> cards;
    for (unsigned number = 0; number < count && out.devices.size() < kMostRigDevices; ++number) {
        Card card{.number = number};
        if (describeCard(nvml, card, out)) cards.push_back(card);
    }
    out.links = linksOf(nvml, cards);
    if (!out.devices.empty())
        out.remarks.emplace_back(
            "rates of GPUs are what their bus, clock and PCIe link allow, not measured");
    if (nvml.shutdown != nullptr) nvml.shutdown();
    return out;
}

}  // namespace gatescope
