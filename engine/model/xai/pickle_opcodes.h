#pragma once

#include <cstdint>

namespace gatescope {

/// The opcodes the machine knows. Files of the release use those up to SetItems; later ones come
/// from other writers. Source: CPython Lib/pickle.py.
enum class Opcode : std::uint8_t {
    Proto = 0x80,
    Frame = 0x95,
    Stop = '.',
    ShortBinUnicode = 0x8c,
    StackGlobal = 0x93,
    Memoize = 0x94,
    BinGet = 'h',
    Mark = '(',
    None = 'N',
    BinInt = 'J',
    BinInt1 = 'K',
    BinInt2 = 'M',
    Tuple = 't',
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    EmptyTuple = ')',
    EmptyDict = '}',
    NewObj = 0x81,
    Reduce = 'R',
    Build = 'b',
    NewTrue = 0x88,
    NewFalse = 0x89,
    ShortBinBytes = 'C',
    BinBytes = 'B',
    SetItems = 'u',
    SetItem = 's',
    BinBytes8 = 0x8e,
    BinUnicode = 'X',
    Long1 = 0x8a,
    LongBinGet = 'j',
    BinPut = 'q',
    LongBinPut = 'r',
    Global = 'c',
};

}  // namespace gatescope
