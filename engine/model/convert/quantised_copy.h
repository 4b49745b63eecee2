#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/convert/convert.h"
#include "engine/model/model_source.h"

namespace gatescope {

// Quantised copies: GGUF files in a folder of the user's cache that hold a model in a smaller type,
// made when the model is first opened that way and opened in its place from then on. Unlike a start
// copy, which is as large as the weights in memory, one is made tensor by tensor.

/// The folder of all. Empty: the environment has no place for caches.
std::filesystem::path quantisedFolder();

struct QuantiseRequest {
    std::filesystem::path folder = quantisedFolder();
    DType type = DType::Q4_0;         ///< as ConvertOptions::type
    std::string_view label = "int4";  ///< what the user calls it, also part of the file's name
    int numThreads = 0;               ///< 0: one a core
};

struct QuantiseProgress {
    LoadProgressCallback checking;  ///< of a copy that is there
    LoadProgressCallback making;
};

struct QuantisedCopy {
    LoadOutcome outcome = LoadOutcome::Done;
    /// Empty: stopped, or one of `notes` says why the model itself is to be opened.
    std::filesystem::path file;
    bool made = false;  ///< now; its `report` is filled
    ConversionReport report;
    std::vector<std::string> notes;  ///< sentences for the user
};

/// Where the copy of a model at `location` lies, there or not.
std::filesystem::path quantisedFile(const QuantiseRequest& request, const std::string& location);

/// The copy of `source`, checked byte by byte, made where there is none. It is made anew, with a
/// note, when the model's files have changed since (place, names, sizes, times, inodes, what they
/// say of their tensors), when this program would round otherwise, and when a checksum is wrong.
/// Stopped or killed while it is made, it goes on behind the last finished tensor next time.
/// A disk that is full or fails, and a type that makes nothing smaller, leave the model as it is.
/// Throws Error(BadUsage) for a model without files, without a place for caches, and while another
/// process makes the same copy; Error(BadInput) as reading the model does.
QuantisedCopy openQuantised(const ModelSource& source,
                            const QuantiseRequest& request,
                            const QuantiseProgress& progress,
                            const std::stop_token& stop);

/// One file of the folder.
struct QuantisedFile {
    std::filesystem::path file;
    std::uint64_t bytes = 0;
    std::string location;  ///< of the model it was made of; empty: it is unfinished or damaged
};
/// Finished and unfinished ones, by path. There need be no such folder.
std::vector<QuantisedFile> listQuantised(const std::filesystem::path& folder);
/// With its journal and the folder around it. Throws Error(DeviceFault).
void removeQuantised(const QuantisedFile& copy);

}  // namespace gatescope
