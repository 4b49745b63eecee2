#include "ui/language/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QStringList>
#include <QTranslator>
#include <algorithm>

// Q_INIT_RESOURCE declares a function of the global namespace; it is needed because the resources
// are in a static library.
static void initTranslations() {
    Q_INIT_RESOURCE(translations);
}

namespace gatescope {
namespace {

const Language* find(const QString& code) {
    const auto& all = languages();
    const auto found = std::ranges::find(all, code, &Language::code);
    return found == all.end() ? nullptr : &*found;
}

/// "de-AT" is read as German. Chinese is written in two ways: only the simplified one is spoken.
const Language* spoken(const QString& systemLanguage) {
    const QLocale locale(systemLanguage);
    if (locale.language() == QLocale::Chinese)
        return locale.script() == QLocale::SimplifiedHanScript ? find(QStringLiteral("zh_CN"))
                                                               : nullptr;
    return find(QLocale::languageToCode(locale.language()));
}

void install(QCoreApplication& application, const QString& file, const QString& folder) {
    auto* translator = new QTranslator(&application);
    if (translator->load(file, folder))
        QCoreApplication::installTranslator(translator);
    else
        delete translator;  // Qt's own texts are a package of their own, which may be missing
}

}  // namespace

const std::vector<Language>& languages() {
    static const std::vector<Language> kLanguages{
        {QStringLiteral("en"), QStringLiteral("English")},
        {QStringLiteral("de"), QStringLiteral("Deutsch")},
        {QStringLiteral("zh_CN"), QStringLiteral("简体中文")},
    };
    return kLanguages;
}

QString languageFor(const QString& choice, const QStringList& systemLanguages) {
    if (find(choice) != nullptr) return choice;
    for (const QString& language : systemLanguages)
        if (const Language* found = spoken(language)) return found->code;
    return languages().front().code;
}

QString installLanguage(QCoreApplication& application, const QString& choice) {
    const QString code = languageFor(choice, QLocale::system().uiLanguages());
    // A language that was chosen brings its way to write numbers; the system's keeps the system's,
    // which a user may have set apart from the words.
    if (code == choice) QLocale::setDefault(QLocale(code));
    if (code == languages().front().code) return code;
    initTranslations();
    install(application,
            QStringLiteral("qtbase_") + code,
            QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    install(application,
            QStringLiteral("gatescope_") + code,
            QStringLiteral(":/gatescope/translations"));
    return code;
}

}  // namespace gatescope
