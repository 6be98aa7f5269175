/*
 * The style of the page: lib/output/page.css, embedded at build time by
 * tools/embed.sh.
 */
#ifndef MD_OUTPUT_PAGE_CSS_H
#define MD_OUTPUT_PAGE_CSS_H

extern const char page_css[];

#endif
