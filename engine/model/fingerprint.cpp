#include "engine/model/fingerprint.h"

#include <fmt/format.h>

#include <vector>

#include "engine/io/checksum.h"

namespace gatescope {
namespace {

void addList(const ModelSource& source, Checksum& sum) {
    sum.addText(source.format());
    for (const auto& tensor : source.tensors()) {
        sum.addText(tensor.name);
        sum.addNumber(static_cast<int>(tensor.dtype));
        sum.addNumber(tensor.shape.size());
        for (const auto size : tensor.shape) sum.addNumber(size);
        sum.addNumber(tensor.bytes);
    }
}

}  // namespace

std::string modelFingerprint(const ModelSource& source, const std::stop_token& stop) {
    Checksum sum;
    addList(source, sum);
    std::vector<std::byte> bytes;
    const auto& layouts = source.layouts();
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        const TensorSlot& slot = layouts[i].slot;
        if (slot.isMatrix() || slot.isVocabularyMatrix()) continue;
        bytes.resize(layouts[i].dataBytes());
        if (source.readTensor(i, {.data = bytes.data()}, stop) == LoadOutcome::Stopped) return {};
        sum.add(bytes);
    }
    return fmt::format("{:016x}", sum.value());
}

}  // namespace gatescope
