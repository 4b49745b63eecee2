#include "app/cli/page_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "engine/model/model_file.h"

namespace gatescope::cli {
namespace {

namespace fs = std::filesystem;

FileDescriptor openForReading(const fs::path& file) {
    return FileDescriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
}

/// Pages of [offset, offset + bytes) of `file` that are in memory; empty: the system does not say.
std::optional<std::size_t> cachedPages(int file, std::uint64_t offset, std::size_t bytes) {
    void* const at = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, static_cast<off_t>(offset));
    if (at == MAP_FAILED) return {};
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> present((bytes + page - 1) / page);
    const bool known = mincore(at, bytes, present.data()) == 0;
    munmap(at, bytes);
    if (!known) return {};
    return static_cast<std::size_t>(
        std::ranges::count_if(present, [](unsigned char p) { return (p & 1U) != 0; }));
}

/// Whether mincore() tells this process the truth about `file`.
bool mayAsk(const fs::path& file) {
    struct stat found {};
    if (stat(file.c_str(), &found) != 0) return false;
    return geteuid() == 0 || found.st_uid == geteuid() || access(file.c_str(), W_OK) == 0;
}

}  // namespace

std::vector<fs::path> modelFiles(const ModelSource& source, const std::string& model) {
    if (source.isSynthetic()) return {};
    const fs::path path(model);
    std::set<fs::path> files;
    std::error_code ignored;  // what cannot be listed counts as not there
    if (fs::is_regular_file(path, ignored)) files.insert(path);
    const fs::path folder = fs::is_directory(path, ignored) ? path : path.parent_path();
    if (folder == path) {
        for (const auto& entry : fs::recursive_directory_iterator(folder, ignored))
            if (entry.is_regular_file(ignored)) files.insert(entry.path());
    } else {
        for (const TensorInfo& tensor : source.tensors())
            if (fs::is_regular_file(folder / tensor.file, ignored))
                files.insert(folder / tensor.file);
    }
    return {files.begin(), files.end()};
}

std::uint64_t totalBytes(const std::vector<fs::path>& files) {
    std::uint64_t total = 0;
    for (const fs::path& file : files) {
        std::error_code error;
        const auto bytes = fs::file_size(file, error);
        if (!error) total += bytes;
    }
    return total;
}

void dropFromPageCache(const std::vector<fs::path>& files) {
    for (const fs::path& path : files) {
        const FileDescriptor file = openForReading(path);
        if (!file.valid()) continue;
        fdatasync(file.get());  // pages that are not on the disk yet would stay
        posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
    }
}

bool readIntoPageCache(const std::vector<fs::path>& files, const std::stop_token& stop) {
    std::vector<char> buffer(std::size_t{8} << 20U);
    for (const fs::path& path : files) {
        const FileDescriptor file = openForReading(path);
        while (file.valid() && read(file.get(), buffer.data(), buffer.size()) > 0)
            if (stop.stop_requested()) return false;
    }
    return true;
}

std::optional<double> cachedShare(const std::vector<fs::path>& files) {
    constexpr std::uint64_t kStretch = std::uint64_t{1} << 30U;  // mapped at a time
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::uint64_t pages = 0;
    std::uint64_t cached = 0;
    for (const fs::path& path : files) {
        const FileDescriptor file = openForReading(path);
        if (!file.valid() || !mayAsk(path)) return {};
        const std::uint64_t size = totalBytes({path});
        for (std::uint64_t offset = 0; offset < size; offset += kStretch) {
            const std::uint64_t bytes = std::min(kStretch, size - offset);
            const auto found = cachedPages(file.get(), offset, bytes);
            if (!found) return {};
            pages += (bytes + page - 1) / page;
            cached += *found;
        }
    }
    if (pages == 0) return {};
    return static_cast<double>(cached) / static_cast<double>(pages);
}

}  // namespace gatescope::cli
