#pragma once

#include <numeric>
#include <ostream>
#include <string>
#include <vector>

#include "engine/plan/rig.h"

namespace gatescope::test {

struct DescribedRig {
    std::string name;
    Rig rig;

    friend void PrintTo(const DescribedRig& described, std::ostream* out) {
        *out << described.name;
    }
};

// Cards: free GB of what their label says, GB/s of their data sheet, GB/s over PCIe.
inline RigDevice card(const char* name, double freeGB, double readGB, double copyGB) {
    return {.name = name,
            .freeBytes = static_cast<std::uint64_t>(freeGB * 1e9 + 0.5),
            .readBytesPerS = readGB * 1e9,
            .copyBytesPerS = copyGB * 1e9};
}
inline RigDevice h100() {
    return card("H100 80GB", 85.0, 3350, 53);
}
inline RigDevice h200() {
    return card("H200", 149.0, 4800, 53);
}
inline RigDevice b200() {
    return card("B200", 191.0, 8000, 53);
}
inline RigDevice a100() {
    return card("A100 80GB", 85.0, 2039, 26);
}
inline RigDevice a100Small() {
    return card("A100 40GB", 42.0, 1555, 26);
}
inline RigDevice v100() {
    return card("V100 32GB", 33.8, 898, 13);
}
inline RigDevice l40s() {
    return card("L40S", 47.7, 864, 26);
}
inline RigDevice rtx4090() {
    return card("RTX 4090", 25.2, 1008, 26);
}
inline RigDevice rtx3090() {
    return card("RTX 3090", 25.2, 936, 26);
}
inline RigDevice rtx3070() {
    return card("RTX 3070", 8.3, 448, 26);
}
inline RigDevice t4() {
    return card("T4", 15.6, 320, 13);
}

inline std::vector<RigDevice> times(int count, const RigDevice& device) {
    return std::vector<RigDevice>(static_cast<std::size_t>(count), device);
}
inline std::vector<RigDevice> together(std::vector<std::vector<RigDevice>> parts) {
    std::vector<RigDevice> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// Devices [first, first + count) reach each other so.
inline RigLink among(int first, int count, LinkKind kind, double gigabytesPerS) {
    RigLink link{.devices = std::vector<int>(static_cast<std::size_t>(count)),
                 .kind = kind,
                 .bytesPerS = gigabytesPerS * 1e9,
                 .allReduceSeconds = usualAllReduceSeconds(kind)};
    std::iota(link.devices.begin(), link.devices.end(), first);
    return link;
}

inline RigHost host(double freeGB, int cores, int nodes, double readGB) {
    return {.freeBytes = static_cast<std::uint64_t>(freeGB * 1e9 + 0.5),
            .cores = cores,
            .nodes = nodes,
            .readBytesPerS = readGB * 1e9};
}

/// What the planner is tried on. Disks read GB/s; 0: none to read from.
inline std::vector<DescribedRig> describedRigs() {
    constexpr auto NvLink = LinkKind::NvLink;
    constexpr auto Pcie = LinkKind::Pcie;
    const RigHost server = host(1000, 96, 2, 500);
    const RigHost epyc = host(500, 64, 1, 400);  // 12 channels
    const RigHost desktop = host(60, 16, 1, 70);
    const RigHost laptop = host(13, 8, 1, 50);
    return {
        // name, {devices, links, host, disk}
        {"8xH100", {times(8, h100()), {among(0, 8, NvLink, 450)}, server, 5e9}},
        {"8xH200", {times(8, h200()), {among(0, 8, NvLink, 450)}, server, 5e9}},
        {"8xB200", {times(8, b200()), {among(0, 8, NvLink, 900)}, server, 5e9}},
        {"8xA100-80", {times(8, a100()), {among(0, 8, NvLink, 300)}, server, 5e9}},
        {"8xA100-40", {times(8, a100Small()), {among(0, 8, NvLink, 300)}, server, 5e9}},
        {"8xV100-32", {times(8, v100()), {among(0, 8, NvLink, 150)}, server, 3e9}},
        {"8xV100-32-two-quads",
         {times(8, v100()), {among(0, 4, NvLink, 100), among(4, 4, NvLink, 100)}, server, 3e9}},
        {"8xL40S-pcie", {times(8, l40s()), {among(0, 8, Pcie, 26)}, server, 5e9}},
        {"8xH100-no-nvlink", {times(8, h100()), {among(0, 8, Pcie, 53)}, server, 5e9}},
        {"16xH100-two-islands",
         {times(16, h100()), {among(0, 8, NvLink, 450), among(8, 8, NvLink, 450)}, server, 5e9}},
        {"6xH100", {times(6, h100()), {among(0, 6, NvLink, 450)}, server, 5e9}},
        {"4xH100", {times(4, h100()), {among(0, 4, NvLink, 450)}, server, 5e9}},
        {"4xA100-80", {times(4, a100()), {among(0, 4, NvLink, 300)}, server, 5e9}},
        {"3xH200", {times(3, h200()), {among(0, 3, NvLink, 450)}, server, 5e9}},
        {"2xB200", {times(2, b200()), {among(0, 2, NvLink, 900)}, server, 5e9}},
        {"2xH200+512GB", {times(2, h200()), {among(0, 2, NvLink, 450)}, epyc, 5e9}},
        {"2xH100+512GB", {times(2, h100()), {among(0, 2, NvLink, 450)}, epyc, 5e9}},
        {"1xH200+512GB", {times(1, h200()), {}, epyc, 5e9}},
        {"1xH200", {times(1, h200()), {}, desktop, 5e9}},
        {"1xH100+512GB", {times(1, h100()), {}, epyc, 5e9}},
        {"1xH100", {times(1, h100()), {}, desktop, 5e9}},
        {"1xB200+1TB", {times(1, b200()), {}, server, 5e9}},
        {"1xH100+1core+512GB", {times(1, h100()), {}, host(500, 1, 1, 300), 5e9}},
        {"H200+H100", {together({{h200()}, {h100()}}), {among(0, 2, Pcie, 53)}, epyc, 5e9}},
        {"3-unequal", {together({{h100()}, {a100Small()}, {rtx4090()}}), {}, epyc, 5e9}},
        {"5-unequal",
         {together({{h200()}, {h100()}, {a100()}, {l40s()}, {rtx4090()}}),
          {among(0, 5, Pcie, 26)},
          epyc,
          5e9}},
        {"4xH100+4xA100",
         {together({times(4, h100()), times(4, a100())}),
          {among(0, 4, NvLink, 450), among(4, 4, NvLink, 300)},
          server,
          5e9}},
        {"8x4090-no-p2p", {times(8, rtx4090()), {}, epyc, 5e9}},
        {"4x4090-no-p2p", {times(4, rtx4090()), {}, host(250, 32, 1, 200), 5e9}},
        {"4x4090-p2p", {times(4, rtx4090()), {among(0, 4, Pcie, 26)}, host(250, 32, 1, 200), 5e9}},
        {"2x4090+256GB", {times(2, rtx4090()), {}, host(250, 32, 1, 200), 5e9}},
        {"1x4090+256GB", {times(1, rtx4090()), {}, host(250, 32, 1, 200), 5e9}},
        {"1x4090+64GB", {times(1, rtx4090()), {}, desktop, 5e9}},
        {"2x3090-nvlink+128GB",
         {times(2, rtx3090()), {among(0, 2, NvLink, 56)}, host(122, 16, 1, 80), 3e9}},
        {"2xT4", {times(2, t4()), {among(0, 2, Pcie, 13)}, desktop, 1e9}},
        {"1x8GB+64GB", {times(1, rtx3070()), {}, desktop, 3e9}},
        {"1x8GB-laptop", {times(1, rtx3070()), {}, laptop, 3e9}},
        {"cpu-2-cores", {{}, {}, host(20, 2, 1, 35), 1e9}},
        {"cpu-8-cores+64GB", {{}, {}, host(60, 8, 1, 60), 3e9}},
        {"cpu-64-cores+512GB", {{}, {}, epyc, 5e9}},
        {"cpu-64-cores-2-nodes", {{}, {}, host(760, 64, 2, 560), 5e9}},
        {"cpu-128-cores-8-nodes", {{}, {}, host(1500, 128, 8, 900), 5e9}},
        {"cpu-4-cores+1TB", {{}, {}, host(1000, 4, 1, 300), 5e9}},
        {"laptop-64GB", {{}, {}, host(58, 14, 1, 100), 6e9}},
        {"laptop-16GB", {{}, {}, laptop, 3e9}},
        {"64GB-no-disk", {{}, {}, host(60, 16, 1, 70), 0}},
        {"too-small", {{}, {}, host(3, 4, 1, 20), 1e9}},
        {"full-cards", {times(2, card("RTX 4090", 0.2, 1008, 26)), {}, host(1, 16, 1, 70), 1e9}},
        {"zero-memory", {times(1, card("GPU", 0, 1000, 26)), {}, host(0, 1, 1, 10), 0}},
    };
}

}  // namespace gatescope::test
