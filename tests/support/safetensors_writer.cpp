#include "tests/support/safetensors_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

namespace gatescope::test {

std::string safetensorsOf(std::string_view header, std::string_view data) {
    std::string out;
    for (std::size_t i = 0; i < 8; ++i) out += static_cast<char>(header.size() >> (8 * i) & 0xffU);
    out += header;
    out += data;
    return out;
}

std::string safetensorsOf(const std::vector<StoredTensor>& tensors) {
    std::string header = "{";
    std::string data;
    for (const StoredTensor& tensor : tensors) {
        header += fmt::format(R"({}"{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                              header.size() > 1 ? "," : "",
                              tensor.name,
                              tensor.type,
                              fmt::join(tensor.shape, ","),
                              data.size(),
                              data.size() + tensor.bytes.size());
        data += tensor.bytes;
    }
    header += "}";
    header.append((8 - header.size() % 8) % 8, ' ');
    return safetensorsOf(header, data);
}

ByteSource sourceOf(const std::string& bytes) {
    return {.size = bytes.size(), .read = [&bytes](std::uint64_t offset, std::span<std::byte> out) {
                std::memcpy(out.data(), bytes.data() + offset, out.size());
            }};
}

}  // namespace gatescope::test
