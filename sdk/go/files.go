package mortise

// File is a file of the run, as it stands in JSON: `{"$file": "<id>"}`. Its content is too large or too
// binary for JSON, and goes with the run.
type File struct {
	ID string `json:"$file" jsonschema_description:"the id of a file of the run"`
}

// FileInfo is what is known of a file.
type FileInfo struct {
	Size        uint64
	ContentType string
	// Name is empty where the file has none.
	Name string
}

// CreateFile makes an empty file; the name may be empty.
func CreateFile(name, contentType string) (File, error) {
	id, err := hostCreateFile(name, contentType)
	if err != nil {
		return File{}, Reject(err.Error())
	}
	return File{ID: id}, nil
}

// Stat tells what is known of the file.
func (f File) Stat() (FileInfo, error) {
	info, err := hostStat(f.ID)
	if err != nil {
		return FileInfo{}, Reject(err.Error())
	}
	return info, nil
}

// Read gives at most length bytes from a place in the file.
func (f File) Read(offset uint64, length uint32) ([]byte, error) {
	bytes, err := hostReadFile(f.ID, offset, length)
	if err != nil {
		return nil, Reject(err.Error())
	}
	return bytes, nil
}

// Append adds bytes at the end.
func (f File) Append(data []byte) error {
	if err := hostAppendFile(f.ID, data); err != nil {
		return Reject(err.Error())
	}
	return nil
}

// Body sends the file as it is; its content never passes through the plugin.
func (f File) Body() Body { return FileBody(f.ID) }
