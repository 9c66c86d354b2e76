// Goes before every module of a call whose tensors are all f32; see storage.ts. It needs nothing: to_real and to_result change nothing.
