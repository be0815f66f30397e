/** Whether a file's ending says that it is no text, so that it need not be opened. */
export function isBinaryName(name: string): boolean {
  const dot = name.lastIndexOf(".");
  return dot > 0 && BINARY_ENDINGS.has(name.slice(dot + 1).toLowerCase());
}

const BINARY_ENDINGS: ReadonlySet<string> = new Set(
  [
    "png jpg jpeg gif bmp ico icns webp avif heic tif tiff psd xcf sketch cr2 nef dng",
    "mp3 mp4 m4a m4v wav flac ogg oga ogv opus aac wma mov avi mkv webm wmv mid midi",
    "woff woff2 ttf otf eot",
    "pdf docx xls xlsx ppt pptx odt ods odp epub mobi djvu",
    "zip gz tgz bz2 tbz xz txz zst lz lz4 br 7z rar tar jar war ear whl egg apk ipa aab deb rpm dmg iso img vsix crx nupkg gem",
    "exe dll so dylib bin elf class pyc pyo pyd wasm ilk beam rlib rmeta",
    "sqlite sqlite3 mdb accdb parquet arrow feather avro h5 hdf5 npy npz pkl pickle joblib rdata rds",
    "pt pth ckpt onnx tflite pb safetensors gguf",
    "glb fbx blend 3ds usdz ktx",
  ].flatMap((line) => line.split(" ")),
);
