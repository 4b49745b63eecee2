#include "tests/support/gguf_writer.h"

#include <algorithm>

#include "engine/check.h"

namespace gatescope::test {
namespace {

std::uint64_t padding(std::uint64_t size, std::uint64_t alignment) {
    return (alignment - size % alignment) % alignment;
}

}  // namespace

GgufWriter& GgufWriter::texts(const std::string& key, const std::vector<std::string>& values) {
    std::string bytes = packed(static_cast<std::uint32_t>(GgufValueType::String)) +
                        packed(std::uint64_t{values.size()});
    for (const std::string& value : values) bytes += packedText(value);
    return raw(key, GgufValueType::Array, std::move(bytes));
}

GgufWriter& GgufWriter::raw(const std::string& key, GgufValueType type, std::string value) {
    const auto found = std::ranges::find(entries, key, &Entry::key);
    Entry& entry = found == entries.end() ? entries.emplace_back() : *found;
    entry = {key, static_cast<std::uint32_t>(type), std::move(value)};
    return *this;
}

GgufWriter& GgufWriter::remove(const std::string& key) {
    std::erase_if(entries, [&](const Entry& entry) { return entry.key == key; });
    return *this;
}

GgufWriter& GgufWriter::alignTo(std::uint32_t value) {
    alignment = value;
    return u32("general.alignment", value);
}

GgufWriter& GgufWriter::tensor(const std::string& name,
                               std::vector<std::uint64_t> sizes,
                               DType dtype,
                               std::string bytes) {
    const auto type = ggmlOfDType(dtype);
    GS_CHECK(type.has_value());
    tensors.push_back({name, std::move(sizes), *type, std::move(bytes)});
    return *this;
}

GgufWriter::Tensor& GgufWriter::tensorNamed(const std::string& name) {
    const auto found = std::ranges::find(tensors, name, &Tensor::name);
    GS_CHECK(found != tensors.end());
    return *found;
}

void GgufWriter::removeTensor(const std::string& name) {
    std::erase_if(tensors, [&](const Tensor& tensor) { return tensor.name == name; });
}

std::string GgufWriter::finish() const {
    std::string out = "GGUF" + packed(version) + packed(std::uint64_t{tensors.size()}) +
                      packed(std::uint64_t{entries.size()});
    for (const Entry& entry : entries)
        out += packedText(entry.key) + packed(entry.type) + entry.value;
    std::uint64_t offset = 0;
    for (const Tensor& tensor : tensors) {
        out += packedText(tensor.name) + packed(static_cast<std::uint32_t>(tensor.sizes.size()));
        for (const std::uint64_t size : tensor.sizes) out += packed(size);
        out += packed(tensor.type) + packed(offset);
        offset += tensor.bytes.size() + padding(tensor.bytes.size(), alignment);
    }
    if (tensors.empty()) return out;
    out.append(padding(out.size(), alignment), '\0');
    for (const Tensor& tensor : tensors) {
        out += tensor.bytes;
        out.append(padding(tensor.bytes.size(), alignment), '\0');
    }
    return out;
}

}  // namespace gatescope::test
