import { Download } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { addNotice } from "../store";
import type { ChartData } from "./chartData";
import { type CsvSource, csvText } from "./csv";
import { chartFileName, chartPng, chartSvg, downloadFile } from "./exportChart";
import { nameOf, type PlotSpec } from "./plotSpec";

interface Props {
  readonly spec: PlotSpec;
  readonly data: ChartData;
  readonly csv: () => CsvSource;
}

async function save(kind: "csv" | "svg" | "png", { spec, data, csv }: Props): Promise<void> {
  const name = chartFileName(nameOf(spec), data.x.domain, kind);
  try {
    if (kind === "csv") downloadFile(name, new Blob(await csvText(csv()), { type: "text/csv;charset=utf-8" }));
    else if (kind === "svg") downloadFile(name, new Blob([await chartSvg(spec, data)], { type: "image/svg+xml" }));
    else downloadFile(name, await chartPng(spec, data));
  } catch (error) {
    addNotice(`${name} could not be made: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Takes a chart out of the page: its numbers or its picture. */
export function ExportMenu(props: Props) {
  const empty = props.data.rows.length === 0;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        className="icon"
        disabled={empty}
        aria-label={`Export ${nameOf(props.spec).toLowerCase()}`}
        title="Export this chart"
      >
        <Download aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Item className="menu-item" onSelect={() => void save("csv", props)}>
            CSV <span className="quiet">every step shown, as measured</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => void save("svg", props)}>
            SVG <span className="quiet">picture, any size</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => void save("png", props)}>
            PNG <span className="quiet">picture, 1,800 pixels wide</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
