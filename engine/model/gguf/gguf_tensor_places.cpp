#include "engine/model/gguf/gguf_tensor_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error_codes.h"
#include "engine/io/checked_math.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

class TensorPlaces {
  public:
    TensorPlaces(GgufFile& file, std::uint64_t headerEnd, std::uint64_t fileBytes)
        : file_(file), headerEnd_(headerEnd), fileBytes_(fileBytes) {}

    void settle() {
        checkNames();
        placeTensors();
    }

  private:
    void checkNames() const {
        std::vector<std::string_view> names;
        names.reserve(file_.tensors.size());
        for (const GgufTensor& tensor : file_.tensors) names.push_back(tensor.name);
        std::ranges::sort(names);
        const auto twice = std::ranges::adjacent_find(names);
        if (twice != names.end())
            refuse(
                ErrorCode::GgufName, file_.name, fmt::format("holds tensor \"{}\" twice", *twice));
    }

    /// From offsets within the data to offsets within the file, and what they promise.
    void placeTensors() {
        // Below 2^64: the reader stands within a file, and the alignment is small.
        const std::uint64_t data =
            (headerEnd_ + file_.alignment - 1) / file_.alignment * file_.alignment;
        file_.dataOffset = std::min(data, fileBytes_);
        if (file_.tensors.empty()) {
            file_.unusedBytes = fileBytes_ - file_.dataOffset;
            return;
        }
        std::vector<std::size_t> order(file_.tensors.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            order[i] = i;
            placeTensor(i, data);
        }
        std::ranges::sort(
            order, {}, [&](std::size_t i) { return std::pair(file_.tensors[i].offset, i); });
        checkEnds(order);
        checkOverlaps(order, data);
    }

    void placeTensor(std::size_t index, std::uint64_t data) {
        GgufTensor& tensor = file_.tensors[index];
        if (tensor.offset % file_.alignment != 0)
            refuse(ErrorCode::GgufTensorPlace,
                   ggufTensorPlace(file_, index, tensor),
                   fmt::format("begins at byte {} of the data, expected a multiple of {}",
                               tensor.offset,
                               file_.alignment));
        const auto offset = checkedAdd(data, tensor.offset);
        if (!offset || !checkedAdd(*offset, tensor.bytes))
            refuse(
                ErrorCode::GgufTensorPlace,
                ggufTensorPlace(file_, index, tensor),
                fmt::format("begins at byte {} of the data, which no file reaches", tensor.offset));
        tensor.offset = *offset;
    }

    /// A download that stopped: names the first tensor that is not whole, and counts the others.
    void checkEnds(const std::vector<std::size_t>& order) const {
        const auto isShort = [&](std::size_t i) { return file_.tensors[i].end() > fileBytes_; };
        const auto first = std::ranges::find_if(order, isShort);
        if (first == order.end()) return;
        const GgufTensor& tensor = file_.tensors[*first];
        const auto others = std::count_if(std::next(first), order.end(), isShort);
        refuse(ErrorCode::GgufTensorMissing,
               ggufTensorPlace(file_, *first, tensor),
               fmt::format("ends at byte {}, the file ends at {}: {} bytes of it are missing{}; "
                           "the download probably stopped early",
                           tensor.end(),
                           fileBytes_,
                           std::min(tensor.bytes, tensor.end() - fileBytes_),
                           others == 0 ? "" : fmt::format(", and of {} more tensors", others)));
    }

    void checkOverlaps(const std::vector<std::size_t>& order, std::uint64_t data) {
        std::uint64_t end = data;
        std::size_t before = order.front();
        for (const std::size_t i : order) {
            const GgufTensor& tensor = file_.tensors[i];
            if (tensor.offset < end)
                refuse(ErrorCode::GgufTensorPlace,
                       ggufTensorPlace(file_, i, tensor),
                       fmt::format("begins at byte {}, where tensor \"{}\" still lies (to {})",
                                   tensor.offset,
                                   file_.tensors[before].name,
                                   end));
            countUnused(end, tensor.offset);
            end = tensor.end();
            before = i;
        }
        countUnused(end, fileBytes_);
    }

    void countUnused(std::uint64_t end, std::uint64_t next) {
        if (next - end >= file_.alignment) file_.unusedBytes += next - end;
    }

    GgufFile& file_;
    std::uint64_t headerEnd_;
    std::uint64_t fileBytes_;
};

}  // namespace

std::string ggufTensorPlace(const GgufFile& file, std::uint64_t index, const GgufTensor& tensor) {
    return fmt::format("{}: tensor {} \"{}\"", file.name, index, shownText(tensor.name));
}

void placeGgufTensors(GgufFile& file, std::uint64_t headerEnd, std::uint64_t fileBytes) {
    TensorPlaces(file, headerEnd, fileBytes).settle();
}

}  // namespace gatescope
