#include "ui/bytes_text.h"

#include <iterator>

#include "ui/language/number_text.h"

namespace gatescope {

QString bytesText(quint64 bytes) {
    static const char* const kUnits[] = {"B", "kB", "MB", "GB", "TB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
        value /= 1000;
        ++unit;
    }
    const int decimals = unit == 0 || value >= 99.95 ? 0 : 1;
    return QStringLiteral("%1 %2").arg(numberText(value, 'f', decimals), QLatin1String(kUnits[unit]));
}

}  // namespace gatescope
