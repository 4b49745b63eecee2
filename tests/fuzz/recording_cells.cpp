#include "tests/fuzz/recording_cells.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <zstd.h>

#include <array>
#include <cstring>
#include <memory>

namespace gatescope::test {
namespace {

using Connection = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

/// A column and how its values are best bent.
struct Column {
    enum class Kind { Plain, Json, Packed };
    const char* table;
    const char* name;
    Kind kind = Kind::Plain;
};

constexpr std::array kColumns{
    Column{"meta", "key"},
    Column{"meta", "value"},
    Column{"conversation", "title"},
    Column{"conversation", "template_name"},
    Column{"conversation", "message_count"},
    Column{"conversation", "updated_ms"},
    Column{"conversation", "model_facts", Column::Kind::Json},
    Column{"conversation", "folder"},
    Column{"conversation", "pinned"},
    Column{"conversation", "settings"},
    Column{"message", "id"},
    Column{"message", "conversation"},
    Column{"message", "parent"},
    Column{"message", "role"},
    Column{"message", "state"},
    Column{"message", "finish_reason"},
    Column{"message", "created_ms"},
    Column{"message", "sampler", Column::Kind::Json},
    Column{"message", "interventions", Column::Kind::Json},
    Column{"message", "run", Column::Kind::Json},
    Column{"chunk", "message"},
    Column{"chunk", "ordinal"},
    Column{"chunk", "text"},
    Column{"chunk", "tokens", Column::Kind::Packed},
    Column{"chunk", "routing", Column::Kind::Packed},
};

constexpr int kLargestValue = 1 << 22;

/// The database in memory, or null.
Connection opened(const std::string& bytes) {
    sqlite3* handle = nullptr;
    sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    Connection connection(handle, sqlite3_close);
    // As the reader does: a value that a damaged database calls huge is refused.
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLargestValue);
    auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
    if (!copy) return {nullptr, sqlite3_close};
    std::memcpy(copy, bytes.data(), bytes.size());
    const auto size = static_cast<sqlite3_int64>(bytes.size());
    const int result =
        sqlite3_deserialize(handle,
                            "main",
                            copy,
                            size,
                            size,
                            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
    if (result != SQLITE_OK) return {nullptr, sqlite3_close};
    return connection;
}

Statement prepared(sqlite3* connection, const std::string& sql) {
    sqlite3_stmt* handle = nullptr;
    sqlite3_prepare_v2(connection, sql.c_str(), -1, &handle, nullptr);
    return {handle, sqlite3_finalize};
}

sqlite3_int64 numberOf(sqlite3* connection, const char* sql) {
    const Statement row = prepared(connection, sql);
    return row && sqlite3_step(row.get()) == SQLITE_ROW ? sqlite3_column_int64(row.get(), 0) : 0;
}

/// Unpacks what engine/store/token_codec.h describes, mutates it, packs it again.
std::string mutatedPacked(const std::string& blob, FuzzRandom& random) {
    constexpr std::size_t kHeader = 5;
    constexpr std::size_t kMost = std::size_t{1} << 16;
    std::string decoded(kMost, '\0');
    const std::size_t size =
        blob.size() < kHeader
            ? 0
            : ZSTD_decompress(
                  decoded.data(), decoded.size(), blob.data() + kHeader, blob.size() - kHeader);
    if (ZSTD_isError(size) != 0 || random.oneIn(8)) return mutatedBytes(blob);
    decoded.resize(size);
    if (random.oneIn(2) && size >= 4) {  // counts are numbers of 32 bits
        const auto value = static_cast<std::uint32_t>(extremeNumber(random));
        std::memcpy(decoded.data() + 4 * random.below(size / 4), &value, sizeof value);
    } else {
        decoded = mutatedBytes(decoded);
    }
    std::string out(kHeader + ZSTD_compressBound(decoded.size()), '\0');
    // What follows means what the version says: mostly its own, else any near it.
    out[0] = random.oneIn(8) ? static_cast<char>(random.below(5)) : blob[0];
    const auto written = static_cast<std::uint32_t>(decoded.size());
    std::memcpy(out.data() + 1, &written, sizeof written);
    out.resize(kHeader +
               ZSTD_compress(
                   out.data() + kHeader, out.size() - kHeader, decoded.data(), decoded.size(), 1));
    return out;
}

void bindMutated(sqlite3_stmt* update,
                 const Column& column,
                 sqlite3_stmt* row,
                 FuzzRandom& random) {
    const int type = sqlite3_column_type(row, 1);
    if (random.oneIn(12) || type == SQLITE_NULL) {  // another type than the schema's
        if (random.oneIn(2))
            sqlite3_bind_null(update, 1);
        else
            sqlite3_bind_double(update, 1, -1.5);
        return;
    }
    if (type == SQLITE_INTEGER) {
        sqlite3_bind_int64(update, 1, static_cast<sqlite3_int64>(extremeNumber(random)));
        return;
    }
    const auto* data = static_cast<const char*>(sqlite3_column_blob(row, 1));
    const std::string value(data ? data : "",
                            static_cast<std::size_t>(sqlite3_column_bytes(row, 1)));
    std::string mutant;
    if (column.kind == Column::Kind::Json)
        mutant = mutatedJson(value, random);
    else if (column.kind == Column::Kind::Packed)
        mutant = mutatedPacked(value, random);
    else
        mutant = mutatedBytes(value);
    const auto bind =
        type == SQLITE_BLOB
            ? sqlite3_bind_blob(
                  update, 1, mutant.data(), static_cast<int>(mutant.size()), SQLITE_TRANSIENT)
            : sqlite3_bind_text(
                  update, 1, mutant.data(), static_cast<int>(mutant.size()), SQLITE_TRANSIENT);
    (void)bind;  // a value that is not taken leaves NULL, which is a mutation too
}

/// Whether one value was changed.
bool changeCell(sqlite3* connection, const Column& column, FuzzRandom& random) {
    const char* const key = std::string_view(column.table) == "chunk"  ? "message || '/' || ordinal"
                            : std::string_view(column.table) == "meta" ? "key"
                                                                       : "id";
    const Statement rows =
        prepared(connection, fmt::format("SELECT {}, {} FROM {}", key, column.name, column.table));
    if (!rows) return false;
    for (std::size_t left = random.below(4); sqlite3_step(rows.get()) == SQLITE_ROW; --left) {
        if (left > 0) continue;
        const Statement update = prepared(
            connection,
            fmt::format("UPDATE {} SET {} = ? WHERE {} = ?", column.table, column.name, key));
        if (!update) return false;
        bindMutated(update.get(), column, rows.get(), random);
        sqlite3_bind_value(update.get(), 2, sqlite3_column_value(rows.get(), 0));
        return sqlite3_step(update.get()) == SQLITE_DONE;
    }
    return false;
}

}  // namespace

std::string mutatedRecording(const std::string& database, FuzzRandom& random) {
    const Connection connection = opened(database);
    if (!connection ||
        !changeCell(connection.get(), kColumns[random.below(kColumns.size())], random))
        return mutatedBytes(database);
    if (numberOf(connection.get(), "PRAGMA page_count") *
            numberOf(connection.get(), "PRAGMA page_size") >
        kLargestValue)
        return mutatedBytes(database);
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(
        sqlite3_serialize(connection.get(), "main", &size, 0), sqlite3_free);
    if (!bytes) return mutatedBytes(database);
    return {reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)};
}

}  // namespace gatescope::test
