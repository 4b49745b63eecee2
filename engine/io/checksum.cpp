#include "engine/io/checksum.h"

#include <xxhash.h>

#include <new>

namespace gatescope {
namespace {

XXH3_state_t* stateIn(void* state) {
    return static_cast<XXH3_state_t*>(state);
}

}  // namespace

void Checksum::Free::operator()(void* state) const {
    XXH3_freeState(stateIn(state));
}

Checksum::Checksum() : state_(XXH3_createState()) {
    if (!state_) throw std::bad_alloc();
    XXH3_64bits_reset(stateIn(state_.get()));
}

void Checksum::add(std::span<const std::byte> bytes) {
    XXH3_64bits_update(stateIn(state_.get()), bytes.data(), bytes.size());
}

void Checksum::addText(std::string_view text) {
    addNumber(std::uint64_t{text.size()});
    add(std::as_bytes(std::span(text)));
}

std::uint64_t Checksum::value() const {
    return XXH3_64bits_digest(stateIn(state_.get()));
}

std::uint64_t checksumOf(std::span<const std::byte> bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace gatescope
