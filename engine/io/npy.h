#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace gatescope {

/// An array as NumPy's .npy format 1.0 stores it: C order, little-endian.
/// Source: numpy/lib/format.py, "Format Version 1.0".
template <class T>
struct NpyArray {
    std::vector<std::int64_t> shape;
    std::vector<T> data;
};

/// T is float ('<f4') or int32_t ('<i4'). Also reads int64 ids ('<i8') into int32_t when every
/// value fits. Throws Error(BadInput) naming the file and what was expected.
template <class T>
NpyArray<T> readNpy(const std::filesystem::path& file);

/// Throws Error(DeviceFault) when the file cannot be written whole.
template <class T>
void writeNpy(const std::filesystem::path& file,
              std::span<const std::int64_t> shape,
              std::span<const T> data);

/// The bytes writeNpy would write, for an archive (.npz).
template <class T>
std::string npyBytes(std::span<const std::int64_t> shape, std::span<const T> data);

}  // namespace gatescope
