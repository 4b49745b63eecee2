#pragma once

#include <QString>
#include <vector>

class QCoreApplication;

namespace gatescope {

/// A language that the window speaks.
struct Language {
    QString code;  ///< as in a locale's name: "de", "zh_CN"
    QString name;  ///< in the language itself
};

/// English, which the sources are written in, first.
const std::vector<Language>& languages();

/// What follows the system's languages, as the settings keep it.
inline constexpr const char* kSystemLanguage = "system";

/// The code of the language for `choice`: itself where the window speaks it; with kSystemLanguage,
/// or what no version of Gatescope knew, the first of the system's languages that it speaks.
QString languageFor(const QString& choice, const QStringList& systemLanguages);

/// Before the first widget is made: texts of the window, of Qt's own dialogs and the way numbers
/// and dates are written. UI thread only. Returns the code of the language.
QString installLanguage(QCoreApplication& application, const QString& choice);

}  // namespace gatescope
