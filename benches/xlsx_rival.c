/* xlsx_rival ROWS.tsv TARGET.xlsx: what a C programmer writes to get the spreadsheet of records.
 *
 * libxlsxwriter in constant-memory mode, with the same look as sellerbook's: bold frozen header, autofilter, widths,
 * real dates, dollars. It reads the rows from a file in PostgreSQL's text format, so it is spared the database.
 *
 *     gcc -O2 xlsx_rival.c -o xlsx_rival -lxlsxwriter
 */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

static const char *NAMES[] = {
    "id", "ebay_order_id", "sale_date", "item_name", "qty", "sale_price", "ebay_fees", "earnings_net", "amazon_price",
    "amazon_tax", "amazon_shipping", "cogs_total", "amazon_order_id", "status", "return_label_cost", "profit",
};
static const char KINDS[] = "ttdtn$$$$$$$tt$$"; /* text, date, number, dollars: one for each column */
enum { COLUMNS = sizeof KINDS - 1 };

static double width(char kind) { return kind == 't' ? 24 : kind == 'd' ? 12 : kind == 'n' ? 8 : 14; }

static void write_header(lxw_worksheet *sheet, lxw_format *bold) {
    worksheet_freeze_panes(sheet, 1, 0);
    for (lxw_col_t column = 0; column < COLUMNS; column++) {
        worksheet_set_column(sheet, column, column, width(KINDS[column]), NULL);
        worksheet_write_string(sheet, 0, column, NAMES[column], bold);
    }
}

/* Text as it was before PostgreSQL escaped it, in place. */
static void unescape(char *text) {
    static const char codes[] = "tnrbfv", meanings[] = "\t\n\r\b\f\v";
    char *out = strchr(text, '\\');
    if (!out) return;
    for (char *in = out; *in; in++) {
        if (*in == '\\' && in[1]) {
            const char *code = strchr(codes, *++in);
            *out++ = code ? meanings[code - codes] : *in;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
}

static void write_date(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, const char *text, lxw_format *date) {
    lxw_datetime day = {0};
    if (sscanf(text, "%d-%d-%d", &day.year, &day.month, &day.day) == 3)
        worksheet_write_datetime(sheet, row, column, &day, date);
}

static void write_row(lxw_worksheet *sheet, lxw_row_t row, char *line, lxw_format *date, lxw_format *dollars) {
    for (lxw_col_t column = 0; column < COLUMNS && line; column++) {
        char *cell = strsep(&line, "\t");
        if (strcmp(cell, "\\N") == 0) continue;
        switch (KINDS[column]) {
        case 't':
            unescape(cell);
            worksheet_write_string(sheet, row, column, cell, NULL);
            break;
        case 'd': write_date(sheet, row, column, cell, date); break;
        case 'n': worksheet_write_number(sheet, row, column, (double)strtoll(cell, NULL, 10), NULL); break;
        default: worksheet_write_number(sheet, row, column, (double)strtoll(cell, NULL, 10) / 100, dollars);
        }
    }
}

static lxw_row_t write_rows(lxw_workbook *book, lxw_worksheet *sheet, FILE *source) {
    lxw_format *date = workbook_add_format(book), *dollars = workbook_add_format(book);
    format_set_num_format(date, "yyyy-mm-dd");
    format_set_num_format(dollars, "$#,##0.00");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    lxw_row_t row = 0;
    while ((length = getline(&line, &room, source)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = '\0';
        write_row(sheet, ++row, line, date, dollars);
    }
    free(line);
    return row;
}

int main(int count, char **arguments) {
    FILE *source = count == 3 ? fopen(arguments[1], "r") : NULL;
    if (!source) {
        fprintf(stderr, "usage: xlsx_rival ROWS.tsv TARGET.xlsx\n");
        return 2;
    }
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    lxw_workbook *book = workbook_new_opt(arguments[2], &options);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "records");
    lxw_format *bold = workbook_add_format(book);
    format_set_bold(bold);
    write_header(sheet, bold);
    lxw_row_t last = write_rows(book, sheet, source);
    worksheet_autofilter(sheet, 0, 0, last, COLUMNS - 1);
    fclose(source);
    lxw_error error = workbook_close(book);
    if (error) fprintf(stderr, "%s\n", lxw_strerror(error));
    return error != LXW_NO_ERROR;
}
