"""The benchmark's job in Python: sum a set's weekly workbooks, compare with targets, write a report.

    python job.py READER SET REPORT [THREADS]

READER is `polars` (with fastexcel), `excelreader` (excelreader-native into polars) or `pandas` (with openpyxl).
Prints the totals of the three measures, which must be the same for every reader and for attain.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MEASURES = ["数量", "金额", "毛利"]
KEYS = ["工号", "区域", "产品"]


def read_polars(path, wanted):
    import fastexcel

    return fastexcel.read_excel(path).load_sheet(0, use_columns=wanted).to_polars()


def read_excelreader(path, wanted):
    from excelreader import ColumnSpec, ColumnType, open_workbook

    kinds = {"日期": ColumnType.DATE, **dict.fromkeys(MEASURES, ColumnType.F64)}
    columns = None if wanted is None else [ColumnSpec(kinds.get(name, ColumnType.STRING), name=name) for name in wanted]
    with open_workbook(path) as book:
        sheet = book.sheets[0]
        return sheet.to_polars(columns or sheet.infer_schema())


def sums_with_polars(read, files, threads):
    import polars

    wanted = ["日期", *KEYS, *MEASURES]
    with ThreadPoolExecutor(threads) as pool:
        frame = polars.concat(list(pool.map(lambda path: read(path, wanted), files)))
    frame = frame.with_columns(polars.col("日期").dt.month().alias("month"))
    sums = [frame.group_by(key, "month").agg(polars.col(MEASURES).sum()).sort(key, "month").rows() for key in KEYS]
    return sums, frame.select(polars.col(MEASURES).sum()).row(0)


def sums_with_pandas(files):
    import pandas

    frame = pandas.concat([pandas.read_excel(path, engine="openpyxl") for path in files])
    frame["month"] = pandas.to_datetime(frame["日期"]).dt.month
    sums = [frame.groupby([key, "month"])[MEASURES].sum().reset_index().values.tolist() for key in KEYS]
    return sums, tuple(frame[MEASURES].sum())


def main():
    reader, folder, report = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    threads = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    files = sorted(map(str, (folder / "weekly").glob("*.xlsx")))
    if reader == "pandas":
        import pandas

        sums, totals = sums_with_pandas(files)
        plan = pandas.read_excel(folder / "targets.xlsx").values.tolist()
    else:
        read = {"polars": read_polars, "excelreader": read_excelreader}[reader]
        sums, totals = sums_with_polars(read, files, threads)
        plan = read(str(folder / "targets.xlsx"), None).rows()
    actual = {(person, month): values for person, month, *values in sums[0]}

    import xlsxwriter

    with xlsxwriter.Workbook(report, {"constant_memory": True}) as book:
        money, percent = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "0.0%"})
        sheet = book.add_worksheet("attainment")
        sheet.write_row(0, 0, ["person", "metric", *range(1, 13)])
        for row, (person, _, metric, *targets) in enumerate(plan, 1):
            sheet.write(row, 0, person)
            sheet.write(row, 1, metric)
            for month, target in enumerate(targets, 1):
                done = actual.get((person, month))
                if done and target:
                    sheet.write_number(row, month + 1, done[MEASURES.index(metric)] / float(target), percent)
        sheet.conditional_format(1, 2, len(plan), 13, {"type": "3_color_scale"})
        for name, rows in zip(KEYS, sums):
            sheet = book.add_worksheet(name)
            for row, values in enumerate(rows):
                for column, value in enumerate(values):
                    sheet.write(row, column, value, money if column > 1 else None)
    print("totals", *(f"{total:.2f}" for total in totals))


if __name__ == "__main__":
    main()
