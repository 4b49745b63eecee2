#include "engine/import/chat_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <array>
#include <memory>

#include "engine/error_codes.h"
#include "engine/import/read_conversations.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Member = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

[[noreturn]] void refuseArchive(const std::string& where, const std::string& problem) {
    refuse(ErrorCode::ImportArchive, where, problem);
}

Archive openArchive(std::string_view bytes, const std::string& where) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source =
        zip_source_buffer_create(bytes.data(), bytes.size(), /*freep=*/0, &error);
    zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
    const std::string reason = shownText(zip_error_strerror(&error));
    zip_error_fini(&error);
    if (archive == nullptr) {
        zip_source_free(source);
        refuseArchive(where, fmt::format("is no whole ZIP archive ({})", reason));
    }
    return {archive, zip_discard};
}

bool holdsConversations(std::string_view path) {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    return file == "conversations.json" || file.ends_with(".jsonl") ||
           (file.starts_with("conversations-") && file.ends_with(".json"));
}

/// Unpacks piece by piece: what the archive says of a size is not believed.
std::string unpack(zip_t* archive,
                   zip_uint64_t index,
                   std::uint64_t most,
                   const std::string& where) {
    const Member member(zip_fopen_index(archive, index, 0), zip_fclose);
    if (member == nullptr)
        refuseArchive(where, fmt::format("cannot be unpacked ({})", zip_strerror(archive)));
    std::string bytes;
    std::array<char, 65536> piece{};
    for (;;) {
        const zip_int64_t count = zip_fread(member.get(), piece.data(), piece.size());
        if (count < 0) refuseArchive(where, "is damaged");
        if (count == 0) return bytes;
        bytes.append(piece.data(), static_cast<std::size_t>(count));
        if (bytes.size() > most)
            refuse(ErrorCode::ImportLimit,
                   where,
                   fmt::format("holds more than {} MiB of conversations", kLargestImport >> 20U));
    }
}

}  // namespace

bool isArchive(std::string_view bytes) {
    return bytes.starts_with("PK\x03\x04");
}

std::vector<NamedBytes> conversationMembers(std::string_view bytes, const std::string& where) {
    const Archive archive = openArchive(bytes, where);
    std::vector<NamedBytes> members;
    std::uint64_t left = kLargestImport;
    const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
        const auto index = static_cast<zip_uint64_t>(i);
        const char* path = zip_get_name(archive.get(), index, 0);
        if (path == nullptr || !holdsConversations(path)) continue;
        const std::string place = fmt::format("{}: {}", where, shownText(path));
        members.push_back({path, unpack(archive.get(), index, left, place)});
        left -= members.back().bytes.size();
    }
    if (members.empty()) refuseArchive(where, "holds neither conversations.json nor a .jsonl file");
    return members;
}

}  // namespace gatescope
