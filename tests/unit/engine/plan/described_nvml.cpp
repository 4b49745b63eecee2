// A double of libnvidia-ml.so.1 for tests: cards as the environment describes them. Each line of
// GATESCOPE_DESCRIBED_CARDS is a card, "name|free MB|bus bits|memory MHz|PCIe generation|lanes|
// NVLinks|NVLink version"; a number of 0 makes its question fail, as NVML does for what a card does
// not have. GATESCOPE_DESCRIBED_P2P: "nvlink", "pcie" or "none", of every pair; "quads": NVLink
// within cards 0 to 3 and 4 to 7 alone.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int kNotSupported = 3;
constexpr int kDriverNotLoaded = 9;

struct DescribedCard {
    std::string name;
    unsigned freeMB = 0;
    unsigned busBits = 0;
    unsigned megahertz = 0;
    unsigned generation = 0;
    unsigned lanes = 0;
    unsigned links = 0;
    unsigned version = 0;
};

std::vector<DescribedCard> cards;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

DescribedCard cardOf(const std::string& line) {
    DescribedCard card;
    std::istringstream fields(line);
    std::getline(fields, card.name, '|');
    for (unsigned* field : {&card.freeMB,
                            &card.busBits,
                            &card.megahertz,
                            &card.generation,
                            &card.lanes,
                            &card.links,
                            &card.version}) {
        std::string text;
        std::getline(fields, text, '|');
        *field = static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 10));
    }
    return card;
}

int answer(unsigned value, unsigned* out) {
    *out = value;
    return value == 0 ? kNotSupported : 0;
}

}  // namespace

extern "C" {

struct NvmlMemoryInfo {
    unsigned long long total, free, used;
};

int nvmlInit_v2() {
    cards.clear();
    std::istringstream lines(environment("GATESCOPE_DESCRIBED_CARDS"));
    for (std::string line; std::getline(lines, line);)
        if (!line.empty()) cards.push_back(cardOf(line));
    return environment("GATESCOPE_DESCRIBED_P2P") == "no driver" ? kDriverNotLoaded : 0;
}
int nvmlShutdown() {
    cards.clear();
    return 0;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = static_cast<unsigned>(cards.size());
    return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) {
    if (index >= cards.size()) return 2;
    *handle = &cards[index];
    return 0;
}
int nvmlDeviceGetName(void* handle, char* name, unsigned length) {
    const std::string& text = static_cast<DescribedCard*>(handle)->name;
    if (text.empty() || text.size() + 1 > length) return kNotSupported;
    std::memcpy(name, text.c_str(), text.size() + 1);
    return 0;
}
int nvmlDeviceGetMemoryInfo(void* handle, NvmlMemoryInfo* memory) {
    const unsigned megabytes = static_cast<DescribedCard*>(handle)->freeMB;
    if (megabytes == 0) return kNotSupported;
    memory->free = megabytes * 1000000ULL;
    memory->used = 700000000ULL;
    memory->total = memory->free + memory->used;
    return 0;
}
int nvmlDeviceGetMaxClockInfo(void* handle, int type, unsigned* megahertz) {
    // 2 is the memory's clock; another one would be a mistake of the caller.
    return type == 2 ? answer(static_cast<DescribedCard*>(handle)->megahertz, megahertz) : 2;
}
int nvmlDeviceGetMemoryBusWidth(void* handle, unsigned* bits) {
    return answer(static_cast<DescribedCard*>(handle)->busBits, bits);
}
int nvmlDeviceGetMaxPcieLinkGeneration(void* handle, unsigned* generation) {
    return answer(static_cast<DescribedCard*>(handle)->generation, generation);
}
int nvmlDeviceGetMaxPcieLinkWidth(void* handle, unsigned* lanes) {
    return answer(static_cast<DescribedCard*>(handle)->lanes, lanes);
}
int nvmlDeviceGetNvLinkState(void* handle, unsigned link, int* active) {
    if (link >= 18) return 2;
    *active = link < static_cast<DescribedCard*>(handle)->links ? 1 : 0;
    return 0;
}
int nvmlDeviceGetNvLinkVersion(void* handle, unsigned, unsigned* version) {
    return answer(static_cast<DescribedCard*>(handle)->version, version);
}
int nvmlDeviceGetP2PStatus(void* first, void* second, int capability, int* status) {
    const std::string p2p = environment("GATESCOPE_DESCRIBED_P2P");
    const auto quad = [](void* card) {
        return (static_cast<DescribedCard*>(card) - cards.data()) / 4;
    };
    const bool nvlink = p2p == "nvlink" || (p2p == "quads" && quad(first) == quad(second));
    const bool reaches = capability == 2 ? nvlink : nvlink || p2p == "pcie";
    *status = reaches ? 0 : 1;
    return 0;
}

}  // extern "C"
