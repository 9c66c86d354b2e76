import { useCallback, useState } from "react";
import { classify } from "../storeStage";
import { DigitStrip } from "./DigitStrip";
import { DrawingPad } from "./DrawingPad";
import { RowReading } from "./RowReading";

export function DigitsStage() {
  const [picture, setPicture] = useState<Uint8Array>();
  const [loaded, setLoaded] = useState<Uint8Array>();
  const show = useCallback((pixels: Uint8Array | undefined): void => {
    setPicture(pixels);
    classify(pixels);
  }, []);
  const draw = useCallback(
    (pixels: Uint8Array | undefined): void => {
      setLoaded(undefined);
      show(pixels);
    },
    [show],
  );
  const choose = useCallback(
    (pixels: Uint8Array): void => {
      setLoaded(pixels);
      show(pixels);
    },
    [show],
  );
  return (
    <div className="stage stage-digits">
      <DigitStrip onChoose={choose} />
      <div className="pad-section">
        <DrawingPad loaded={loaded} onDraw={draw} />
        <RowReading picture={picture} />
      </div>
    </div>
  );
}
