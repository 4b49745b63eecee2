#pragma once

#include <QString>

namespace gatescope {

/// A formula in LaTeX as one line of Unicode that can be read: "\alpha_1 \le x^2" becomes
/// "α₁ ≤ x²", "\frac{a+b}{2}" "(a+b)/2". What it does not know stays as it was written.
QString mathText(const QString& latex);

}  // namespace gatescope
