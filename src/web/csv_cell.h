/* A line of CSV made safe for spreadsheets. */
#ifndef WECOM_CSV_CELL_H
#define WECOM_CSV_CELL_H

#include <stddef.h>

/*
 * A spreadsheet takes a cell that begins with = + - @ for a formula, and names come from anybody: such a cell gets an
 * apostrophe in front, unless it is a plain number.  Pure.
 *   row  a whole record as COPY writes it: quoted where needed, quotes doubled
 *   to   room for 2 * n bytes
 * Returns the bytes written.
 */
size_t csv_cells_disarm(const char *row, size_t n, char *to);

#endif
