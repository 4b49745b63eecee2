#include "engine/store/zip_writer.h"

#include <fmt/format.h>
#include <zip.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "engine/error.h"
#include "engine/store/database.h"

namespace gatescope {
namespace {

constexpr zip_uint16_t kNoTime = 0;
constexpr zip_uint16_t kFirstDosDay = 0x21;  // 1980-01-01: the archive says nothing about when

[[noreturn]] void refuse(const std::filesystem::path& file, const char* reason) {
    throw Error(ErrorKind::DeviceFault,
                fmt::format("{}: cannot be written ({}); choose a folder with enough space",
                            file.string(),
                            reason));
}

void addMember(zip_t* archive, const std::filesystem::path& file, const NamedBytes& member) {
    zip_source_t* source =
        zip_source_buffer(archive, member.bytes.data(), member.bytes.size(), /*freep=*/0);
    if (source == nullptr) refuse(file, zip_strerror(archive));
    const auto index = zip_file_add(archive, member.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        refuse(file, zip_strerror(archive));
    }
    const auto at = static_cast<zip_uint64_t>(index);
    zip_set_file_compression(archive, at, ZIP_CM_STORE, 0);
    zip_file_set_dostime(archive, at, kNoTime, kFirstDosDay, 0);
}

}  // namespace

void writeZip(const std::filesystem::path& file, const std::vector<NamedBytes>& members) {
    int code = 0;
    // discard() gives up an archive that was not closed; close() itself writes and renames.
    std::unique_ptr<zip_t, decltype(&zip_discard)> archive(
        zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code), zip_discard);
    if (archive == nullptr) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        const std::string reason = zip_error_strerror(&error);
        zip_error_fini(&error);
        refuse(file, reason.c_str());
    }
    for (const auto& member : members) addMember(archive.get(), file, member);
    if (zip_close(archive.get()) != 0) refuse(file, zip_strerror(archive.get()));
    [[maybe_unused]] const zip_t* closed = archive.release();
}

void writeFileWhole(const std::filesystem::path& file, const std::string& bytes) {
    const TemporaryFile part(file);
    std::ofstream out(part.path(), std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) refuse(file, std::strerror(errno));
    syncToDisk(part.path());
    std::error_code failure;
    std::filesystem::rename(part.path(), file, failure);
    if (failure) refuse(file, failure.message().c_str());
}

}  // namespace gatescope
