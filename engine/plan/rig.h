#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gatescope {

/// A GPU, as far as a plan has to know it. Rates are whole bytes a
/// second (1 GB = 1e9 bytes).
struct RigDevice {
    std::string name;             ///< "NVIDIA H100 80GB HBM3"
    std::uint64_t freeBytes = 0;  ///< of its own memory
    double readBytesPerS = 0;     ///< from its own memory
    double copyBytesPerS = 0;     ///< from the host's memory

    friend bool operator==(const RigDevice&, const RigDevice&) = default;
};

/// How two devices reach each other, slowest first.
enum class LinkKind : std::uint8_t {
    None,    ///< through the host's memory
    Pcie,    ///< peer to peer over PCIe
    NvLink,  ///< NVLink, with or without a switch
};

/// Every two of `devices` reach each other like this. Pairs that no link names are
/// LinkKind::None; of several links a pair has the one with the shortest all-reduce.
struct RigLink {
    std::vector<int> devices;  ///< indices into Rig::devices, rising
    LinkKind kind = LinkKind::None;
    double bytesPerS = 0;         ///< one way
    double allReduceSeconds = 0;  ///< of a token's activations (some 20 KB) over those devices

    friend bool operator==(const RigLink&, const RigLink&) = default;
};

/// The machine around the devices.
struct RigHost {
    std::uint64_t freeBytes = 0;  ///< of memory, without swapping
    int cores = 1;
    int nodes = 1;             ///< NUMA nodes
    double readBytesPerS = 0;  ///< from memory, by all cores together

    friend bool operator==(const RigHost&, const RigHost&) = default;
};

/// Everything that a model can lie on and be computed by. A value.
struct Rig {
    std::vector<RigDevice> devices;
    std::vector<RigLink> links;
    RigHost host;
    double diskBytesPerS =
        0;  ///< sequential reading; 0: nothing is to be read from disk in a token

    friend bool operator==(const Rig&, const Rig&) = default;
};

inline constexpr std::size_t kMostRigDevices = 64;
inline constexpr std::size_t kLargestRigFile = 256U << 10U;  ///< bytes

/// The link of a pair that nothing else is said of: 20 KB through the host's memory, both ways.
/// NCCL without peer access and without a graph takes 32 to 35 us (NVIDIA/nccl issue 2094).
RigLink linkThroughHost();
/// What a link of `kind` takes where it is not known better. Published figures, listed in
/// docs/scaling.md.
double usualAllReduceSeconds(LinkKind kind);
/// The link of two different devices of `rig`.
RigLink linkBetween(const Rig& rig, int first, int second);

/// A rig as a file that people write by hand; docs/scaling.md lists the keys. All keys, always in
/// the same order: rigFromText(rigText(rig)) == rig where rates are whole and times whole
/// nanoseconds.
std::string rigText(const Rig& rig);
/// Throws Error(BadInput) that starts with `where` and names the line or the key: not JSON, a key
/// that is missing, unknown or of the wrong kind, a number out of range, a link between devices
/// that are not there.
Rig rigFromText(std::string_view text, const std::string& where);
/// The same of a file.
Rig readRig(const std::filesystem::path& file);

}  // namespace gatescope
