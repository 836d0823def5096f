// This file keeps the folders below out of the SDK's module: they are laid over template/.
module roles

go 1.26
