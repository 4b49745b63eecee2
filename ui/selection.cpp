#include "ui/selection.h"

namespace gatescope {

void Selection::selectToken(std::optional<int> index) {
    if (token_ == index) return;
    token_ = index;
    Q_EMIT tokenSelected(index);
}

void Selection::selectSite(std::optional<ExpertSite> site) {
    if (site_ == site) return;
    site_ = site;
    Q_EMIT siteSelected(site);
}

void Selection::selectRange(std::optional<TokenRange> range) {
    if (range && range->size() <= 0) range.reset();
    if (range_ == range) return;
    range_ = range;
    Q_EMIT rangeSelected(range);
}

void Selection::hoverToken(std::optional<int> index) {
    if (hoveredToken_ == index) return;
    hoveredToken_ = index;
    Q_EMIT tokenHovered(index);
}

void Selection::hoverSite(std::optional<ExpertSite> site) {
    if (hoveredSite_ == site) return;
    hoveredSite_ = site;
    Q_EMIT siteHovered(site);
}

void Selection::clear() {
    selectToken(std::nullopt);
    selectSite(std::nullopt);
    selectRange(std::nullopt);
    hoverToken(std::nullopt);
    hoverSite(std::nullopt);
}

}  // namespace gatescope
